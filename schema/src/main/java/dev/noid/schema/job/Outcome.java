package dev.noid.schema.job;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/// How an attempt ended: a terminal state, or `retry_wait` when another try can help.
///
/// @param exec   set when a process ran, or could not be run
/// @param checkpoint set when a checkpoint was made, or a VM put back to one
/// @param error  set unless the state is `succeeded`
/// @param timing milliseconds by step, in order, for people who ask where the time went
public record Outcome(
        JobState state,
        @Nullable ExecResult exec,
        @Nullable CheckpointResult checkpoint,
        @Nullable JobError error,
        Map<String, Double> timing) {

    public static Outcome succeeded(Map<String, Double> timing) {
        return new Outcome(JobState.SUCCEEDED, null, null, null, timing);
    }

    public static Outcome ended(JobState state, JobError error) {
        return new Outcome(state, null, null, error, Map.of());
    }
}
