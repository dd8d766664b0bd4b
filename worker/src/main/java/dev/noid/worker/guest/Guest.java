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

    /// True when the agent answered in time. False never means that the VM is dead.
    boolean ping(Duration timeout);

    /// Ends the session; the execs go on.
    @Override
    void close();
}
