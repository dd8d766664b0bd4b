package dev.noid.worker.store;

import dev.noid.schema.job.Outcome;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// The end in force, as it is in the rows.
///
/// @param startedAt of the job, when it is known here
/// @param endedAt   of the job, when it is known here
public record Ended(
        Outcome outcome,
        @Nullable Instant startedAt,
        @Nullable Instant endedAt) {
    static Ended of(Outcome outcome) {
        return new Ended(outcome, null, null);
    }
}
