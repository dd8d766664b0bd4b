package dev.noid.worker.store;

import dev.noid.schema.ExecId;
import dev.noid.schema.job.JobSpec;
import dev.noid.schema.job.JobState;
import dev.noid.schema.job.Outcome;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// An attempt of this host whose event was not sent yet: it runs, or its end was not said.
///
/// @param generation   it was claimed for
/// @param startId      the worker process that claimed it
/// @param bootId       the guest it was claimed against
/// @param outputOffset of `noid.output`, no later than its first record
/// @param age          since it was claimed, by the database's clock
/// @param outcome      set when it has ended
public record Unfinished(
        ExecId attempt,
        JobSpec spec,
        JobState state,
        long generation,
        VmRow vm,
        String startId,
        @Nullable String bootId,
        long outputOffset,
        Duration age,
        @Nullable Outcome outcome) {}
