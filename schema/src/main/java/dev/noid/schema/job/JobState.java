package dev.noid.schema.job;

import static java.util.Map.entry;

import dev.noid.schema.Transition;
import java.util.List;
import java.util.Locale;

/// Where a job is. Terminal is final. The legal steps are [#TRANSITIONS], which the database enforces too.
public enum JobState {
    QUEUED,
    PLACED,
    RUNNING,
    RETRY_WAIT,
    CANCELLING,
    /// The work was done; for an exec: it exited with 0.
    SUCCEEDED,
    /// The work was not done, and the error says whose fault it is; for an exec also: it exited with another
    /// code or by a signal.
    FAILED,
    CANCELLED,
    TIMED_OUT,
    /// Its fate cannot be known: the VM it ran in is gone. Never a guess, never a silent second run.
    LOST;

    public static final List<Transition<JobState>> TRANSITIONS = List.of(
                    entry("QUEUED PLACED", "a host has room and nothing is ahead"),
                    entry("QUEUED CANCELLED", "cancelled, or overtaken by a destroy"),
                    entry("QUEUED SUCCEEDED", "nothing to do: a destroy of a VM that no host ever had"),
                    entry("QUEUED FAILED", "its VM failed or is not running any more"),
                    entry("PLACED RUNNING", "worker's claim"),
                    entry("PLACED CANCELLING", "cancelled before the claim was seen"),
                    entry("PLACED CANCELLED", "worker refused it: cancelled"),
                    entry("PLACED FAILED", "worker refused it: VM not there, or record unreadable"),
                    entry("RUNNING SUCCEEDED", "outcome"),
                    entry("RUNNING FAILED", "outcome"),
                    entry("RUNNING TIMED_OUT", "outcome: its time ran out and it was ended"),
                    entry("RUNNING CANCELLED", "outcome: overtaken by a destroy or stop"),
                    entry("RUNNING LOST", "outcome: VM or agent is another one now"),
                    entry("RUNNING CANCELLING", "cancel was asked for"),
                    entry("RUNNING RETRY_WAIT", "outcome: failed, and another try can help"),
                    entry("CANCELLING CANCELLED", "outcome: ended because of the cancel"),
                    entry("CANCELLING SUCCEEDED", "outcome: it was faster than the cancel"),
                    entry("CANCELLING FAILED", "outcome: it was faster than the cancel"),
                    entry("CANCELLING TIMED_OUT", "outcome: it was faster than the cancel"),
                    entry("CANCELLING LOST", "outcome: VM or agent is another one now"),
                    entry("RETRY_WAIT QUEUED", "wait is over"),
                    entry("RETRY_WAIT CANCELLED", "cancelled while waiting"))
            .stream()
            .map(step -> {
                String[] ends = step.getKey().split(" ", 2);
                return new Transition<>(JobState.valueOf(ends[0]), JobState.valueOf(ends[1]), step.getValue());
            })
            .toList();

    public boolean terminal() {
        return switch (this) {
            case QUEUED, PLACED, RUNNING, RETRY_WAIT, CANCELLING -> false;
            case SUCCEEDED, FAILED, CANCELLED, TIMED_OUT, LOST -> true;
        };
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
