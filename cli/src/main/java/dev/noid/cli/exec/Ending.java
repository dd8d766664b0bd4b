package dev.noid.cli.exec;

import dev.noid.schema.api.Job;
import dev.noid.schema.api.Problem;
import org.jspecify.annotations.Nullable;

/// Why one connection to a job's stream is over.
sealed interface Ending {
    /// The job has ended, and this connection said all there was.
    ///
    /// @param putBackTo the checkpoint its VM was put back to, when that is what ended it
    record Over(Job job, @Nullable String putBackTo) implements Ending {}

    /// The way is broken; another connection goes on.
    record Lost(String why) implements Ending {}

    /// The gateway said no, for a reason another try does not change.
    record Refused(Problem problem) implements Ending {}

    /// Nobody reads our stdout.
    record BrokenPipe() implements Ending {}
}
