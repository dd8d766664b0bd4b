package dev.noid.worker.job;

import dev.noid.schema.ExecId;
import dev.noid.schema.job.CheckpointResult;
import dev.noid.schema.job.JobError;
import dev.noid.schema.job.JobState;
import dev.noid.schema.job.Outcome;
import dev.noid.worker.store.VmRow;
import dev.noid.worker.vm.Timing;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.event.Level;

/// One try of a lifecycle job, as those see it who do it.
final class Task {
    private final Assignment assignment;
    private final Workshop shop;
    private final Timing timing = new Timing(System::nanoTime);
    private final AtomicBoolean cancelled = new AtomicBoolean();

    Task(Assignment assignment, Workshop shop) {
        this.assignment = assignment;
        this.shop = shop;
    }

    Assignment assignment() {
        return assignment;
    }

    Workshop shop() {
        return shop;
    }

    Timing timing() {
        return timing;
    }

    ExecId attempt() {
        return assignment.attempt();
    }

    String job() {
        return assignment.attempt().job();
    }

    /// True the first time.
    boolean cancel() {
        return cancelled.compareAndSet(false, true);
    }

    /// Somebody wants it ended; asked before each long step.
    boolean cancelled() {
        return cancelled.get();
    }

    Outcome succeeded() {
        return Outcome.succeeded(timing.total());
    }

    Outcome succeeded(CheckpointResult result) {
        return new Outcome(JobState.SUCCEEDED, null, result, null, timing.total());
    }

    Outcome ended(JobState state, JobError error) {
        return new Outcome(state, null, null, error, timing.total());
    }

    /// Not done: cancelled when somebody wanted that, else failed.
    Outcome undone(JobError error) {
        return cancelled() ? ended(JobState.CANCELLED, abandoned()) : ended(JobState.FAILED, error);
    }

    Done unfit(VmRow vm) {
        return new Done(
                ended(
                        JobState.FAILED,
                        JobError.platform(
                                "vm_" + vm.observed(),
                                "The VM is " + vm.observed() + ", so there was nothing to " + assignment.kind() + ".")),
                null);
    }

    /// Of what is logged about it: what a user wanted, or did wrong, is no warning to the operator.
    Level gravity(JobError error) {
        return cancelled() || error.fault() == JobError.Fault.USER ? Level.INFO : Level.WARN;
    }

    static JobError abandoned() {
        return JobError.user("cancelled", "It was cancelled before it was done.", null);
    }
}
