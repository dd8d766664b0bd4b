package dev.noid.worker.store;

import dev.noid.schema.ExecId;
import dev.noid.schema.job.JobKind;
import dev.noid.schema.job.Outcome;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The end of an attempt, as it goes into the rows.
///
/// @param generation  the attempt was allowed for
/// @param partition   of the VM's events
/// @param change      of the VM that belongs to it, in the same transaction
/// @param checkpoints changes of those that belong to it, in the same transaction
public record Ending(
        ExecId attempt,
        JobKind kind,
        String vm,
        long generation,
        int partition,
        Outcome outcome,
        @Nullable VmChange change,
        List<CheckpointChange> checkpoints) {
    /// The VM's from now on.
    public long generationAfter() {
        Long raised = change == null ? null : change.raised();
        return raised == null ? generation : raised;
    }
}
