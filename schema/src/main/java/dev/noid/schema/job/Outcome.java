package dev.noid.schema.job;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/// How an attempt ended: a terminal state, or `retry_wait` when another try can help.
///
/// @param exec   set when a process ran, or could not be run
/// @param error  set unless the state is `succeeded`
/// @param timing milliseconds by step, in order, for people who ask where the time went
public record Outcome(
        JobState state, @Nullable ExecResult exec, @Nullable JobError error, Map<String, Double> timing) {

    public static Outcome succeeded(Map<String, Double> timing) {
        return new Outcome(JobState.SUCCEEDED, null, null, timing);
    }

    public static Outcome ended(JobState state, JobError error) {
        return new Outcome(state, null, error, Map.of());
    }
}
