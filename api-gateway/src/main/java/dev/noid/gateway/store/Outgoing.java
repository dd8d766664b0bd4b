package dev.noid.gateway.store;

import dev.noid.schema.job.JobSpec;
import dev.noid.schema.job.JobState;

/// A job a worker has to hear of: its row is `placed` or `cancelling`.
///
/// @param hostPartition of `noid.commands`
/// @param vmPartition   of `noid.events` and `noid.output`
public record Outgoing(
        String job,
        int attempt,
        JobState state,
        String tenant,
        String vm,
        long generation,
        int vmPartition,
        String host,
        int hostPartition,
        JobSpec spec) {}
