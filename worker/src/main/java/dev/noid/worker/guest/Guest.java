package dev.noid.worker.guest;

import dev.noid.schema.ExecId;
import dev.noid.schema.job.JobSpec;
import java.time.Duration;
import java.util.Set;

/// The agent in one running VM. Keeps its session alive: after a lost channel it connects again, attaches every exec
/// that was
/// open, and the listeners see output from the last acknowledged byte once more.
public interface Guest extends AutoCloseable {
    /// Of the guest's kernel; another one after a reconnect means that every exec of the old one is gone.
    String bootId();

    /// The execs the agent knew when this session began.
    Set<ExecId> known();

    /// Starts an exec; one the agent knows already is attached instead, never run twice.
    GuestExec start(ExecId id, JobSpec.Exec spec, ExecListener listener);

    /// Attaches an exec that an earlier session started; [ExecListener#refused] when the agent does not know it.
    GuestExec attach(ExecId id, ExecListener listener);

    /// Lets the agent drop the entry of an ended exec.
    void forget(ExecId id);

    /// Ends an exec that nobody waits for any more, as soon as the guest answers, and lets the agent drop its entry
    /// then. An exec that the agent never heard of is not started.
    void abandon(ExecId id);

    /// Freezes every process but the agent and empties the channel both ways; what is sent from now on waits for
    /// [#thaw]. False when the agent did not acknowledge in time: then the guest goes on as before.
    boolean quiesce(Duration within);

    /// Lets the processes of a quiesced or reinitialised guest go on, with the right time of day.
    void thaw();

    /// Makes a restored guest somebody of its own, before any of its processes runs again: they stay frozen until
    /// [#thaw]. Execs it had are inherited: they are no job's any more, and what they still write goes to the VM's
    /// log. False when it did not acknowledge in time: such a guest must not be handed out.
    boolean reinit(Identity identity, Duration within);

    /// The guest stands still: it was quiesced, by this session or before it began (a restored guest always is), and
    /// hears nothing of what is sent until [#thaw].
    boolean frozen();

    /// Who hears what inherited execs write, from now on; until then it is dropped.
    void onLog(LogListener listener);

    /// True when the agent answered in time; a frozen one never does. False never means that the VM is dead.
    boolean ping(Duration timeout);

    /// Asks the agent for a sign of life and does not wait for it; [#silence] tells.
    void prod();

    /// How long ago the agent said something. Zero while its words wait for this worker to take them.
    Duration silence();

    /// Whether this worker is what holds up the agent's words: output waits for the broker.
    boolean heldUp();

    /// How long the guest stood still in this session, all times together. A guest's timers stand still meanwhile.
    Duration stoodStill();

    /// Connects to the agent anew, so that half a frame that somebody left in the channel, or a frame that was lost,
    /// is in nobody's way. Does nothing while the agent has not answered the last connection.
    void renew();

    /// Ends the session; the execs go on.
    @Override
    void close();
}
