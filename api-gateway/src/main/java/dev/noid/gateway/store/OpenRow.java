package dev.noid.gateway.store;

import dev.noid.schema.job.JobState;

/// A job in `placed` or `cancelling`, without what it is about.
///
/// @param ageMillis since it came into this state, by the database's clock
public record OpenRow(String job, int attempt, JobState state, long ageMillis) {}
