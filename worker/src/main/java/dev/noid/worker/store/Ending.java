package dev.noid.worker.store;

import dev.noid.schema.ExecId;
import dev.noid.schema.job.JobKind;
import dev.noid.schema.job.Outcome;
import org.jspecify.annotations.Nullable;

/// The end of an attempt, as it goes into the rows.
///
/// @param partition of the VM's events
/// @param change    of the VM that belongs to it, in the same transaction
public record Ending(
        ExecId attempt,
        JobKind kind,
        String vm,
        long generation,
        int partition,
        Outcome outcome,
        @Nullable VmChange change) {}
