package dev.noid.worker.job;

import dev.noid.schema.job.Outcome;
import dev.noid.worker.store.CheckpointChange;
import dev.noid.worker.store.VmChange;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What a lifecycle job came to, as it goes into the rows.
///
/// @param checkpoints what becomes of them; those that an attempt without success was to make fail by themselves
record Done(Outcome outcome, @Nullable VmChange change, List<CheckpointChange> checkpoints) {
    Done(Outcome outcome, @Nullable VmChange change) {
        this(outcome, change, List.of());
    }
}
