package dev.noid.worker.store;

import dev.noid.schema.ExecId;
import dev.noid.schema.job.JobSpec;

/// A job of this host that nobody has claimed.
///
/// @param cancelled somebody asked for that already
public record Unclaimed(ExecId attempt, JobSpec spec, boolean cancelled, long generation, VmRow vm) {}
