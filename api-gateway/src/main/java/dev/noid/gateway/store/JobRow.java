package dev.noid.gateway.store;

import dev.noid.schema.ExecId;
import dev.noid.schema.api.Job;
import dev.noid.schema.job.JobSpec;
import dev.noid.schema.job.JobState;
import dev.noid.schema.job.Outcome;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// One job and what is needed to follow it.
///
/// @param position     jobs ahead of it while it is queued
/// @param unresponsiveSince since when its VM's guest does not answer; null while it does, and once it is over
/// @param vmCheckpoint id of the one its VM goes on from now
/// @param partition    of `noid.events` and `noid.output`
/// @param labels       null when there are none
/// @param outputOffset of `noid.output`, no later than the current attempt's first record; null until it is claimed
public record JobRow(
        String id,
        String vm,
        String vmId,
        JobSpec spec,
        JobState state,
        int attempt,
        @Nullable String host,
        @Nullable Outcome outcome,
        @Nullable Integer position,
        @Nullable Instant unresponsiveSince,
        @Nullable String vmCheckpoint,
        int partition,
        @Nullable Long outputOffset,
        @Nullable Map<String, String> labels,
        Instant createdAt,
        @Nullable Instant placedAt,
        @Nullable Instant startedAt,
        @Nullable Instant endedAt) {

    public ExecId exec() {
        return new ExecId(id, attempt);
    }

    /// As it is once its attempt has ended so.
    public JobRow ended(Outcome how, Instant started, Instant ended) {
        return new JobRow(
                id,
                vm,
                vmId,
                spec,
                how.state(),
                attempt,
                host,
                how,
                null,
                null,
                vmCheckpoint,
                partition,
                outputOffset,
                labels,
                createdAt,
                placedAt,
                started,
                ended);
    }

    /// As people see it.
    public Job view() {
        return new Job(
                id,
                spec.kind(),
                state,
                vm,
                vmId,
                attempt,
                spec instanceof JobSpec.Exec exec ? exec.argv() : null,
                labels,
                reason(),
                position,
                unresponsiveSince,
                createdAt,
                placedAt,
                startedAt,
                endedAt,
                outcome == null ? null : outcome.exec(),
                outcome == null ? null : outcome.checkpoint(),
                outcome == null ? null : outcome.error(),
                outcome == null || !state.terminal() ? null : outcome.timing(),
                null);
    }

    private @Nullable String reason() {
        return switch (spec) {
            case JobSpec.Stop stop -> stop.reason();
            case JobSpec.Destroy destroy -> destroy.reason();
            case JobSpec.Create _, JobSpec.Start _, JobSpec.Checkpoint _, JobSpec.Restore _, JobSpec.Exec _ -> null;
        };
    }
}
