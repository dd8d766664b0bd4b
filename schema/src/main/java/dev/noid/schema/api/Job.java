package dev.noid.schema.api;

import dev.noid.schema.job.CheckpointResult;
import dev.noid.schema.job.ExecResult;
import dev.noid.schema.job.JobError;
import dev.noid.schema.job.JobKind;
import dev.noid.schema.job.JobState;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A job as people see it.
///
/// @param vm       name of the VM
/// @param argv     of an exec
/// @param labels   null when there are none
/// @param reason   of a stop or destroy that nobody asked for: `expired`, `lease_over`, `execs_over` or `idle`
/// @param unresponsiveSince of an exec that is not over: since when its VM's guest does not answer
/// @param position how many jobs are ahead of it while `queued`
/// @param timing   milliseconds by step, once it has ended
/// @param output   only in the reply to an exec that was waited for
public record Job(
        String id,
        JobKind kind,
        JobState state,
        String vm,
        String vmId,
        int attempt,
        @Nullable List<String> argv,
        @Nullable Map<String, String> labels,
        @Nullable String reason,
        @Nullable Integer position,
        @Nullable Instant unresponsiveSince,
        Instant createdAt,
        @Nullable Instant placedAt,
        @Nullable Instant startedAt,
        @Nullable Instant endedAt,
        @Nullable ExecResult exec,
        @Nullable CheckpointResult checkpoint,
        @Nullable JobError error,
        @Nullable Map<String, Double> timing,
        @Nullable CapturedOutput output) {

    public Job withOutput(CapturedOutput captured) {
        return new Job(
                id,
                kind,
                state,
                vm,
                vmId,
                attempt,
                argv,
                labels,
                reason,
                position,
                unresponsiveSince,
                createdAt,
                placedAt,
                startedAt,
                endedAt,
                exec,
                checkpoint,
                error,
                timing,
                captured);
    }
}
