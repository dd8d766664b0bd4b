package dev.noid.worker.job;

import dev.noid.schema.job.JobError;
import dev.noid.schema.job.JobSpec;
import dev.noid.schema.job.JobState;
import dev.noid.schema.job.Outcome;
import dev.noid.schema.vm.VmObserved;
import dev.noid.worker.store.VmChange;
import dev.noid.worker.store.VmRow;
import org.jspecify.annotations.Nullable;

/// Ends of attempts that nobody began.
final class Refusals {
    private Refusals() {}

    static Outcome cancelled() {
        return Outcomes.cancelled("cancelled", "It was cancelled before it began.");
    }

    static Outcome restored(String checkpoint) {
        return Outcome.ended(JobState.CANCELLED, restoredError(checkpoint));
    }

    /// The message ends with the checkpoint's id.
    static JobError restoredError(String checkpoint) {
        return JobError.user("restored", "Its VM was restored to checkpoint " + checkpoint, null);
    }

    static Outcome outdated(VmRow vm) {
        return Outcome.ended(
                JobState.FAILED,
                JobError.user(
                        "vm_not_running",
                        "The VM was replaced before this began; it is " + vm.observed() + " now.",
                        "Ask again."));
    }

    static Outcome badCommand(String reason) {
        return Outcome.ended(
                JobState.FAILED, JobError.platform("bad_command", "The command could not be read: " + reason));
    }

    /// What becomes of a VM whose create or start is not to begin.
    static @Nullable VmChange change(JobSpec spec, VmRow vm) {
        boolean create = spec instanceof JobSpec.Create && vm.observed() == VmObserved.PENDING;
        return create ? VmChange.destroyed() : null;
    }
}
