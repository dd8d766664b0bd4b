package dev.noid.cli.exec;

import dev.noid.schema.api.Job;
import dev.noid.schema.api.Problem;

/// Why one connection to a job's stream is over.
sealed interface Ending {
    /// The job has ended, and this connection said all there was.
    record Over(Job job) implements Ending {}

    /// The way is broken; another connection goes on.
    record Lost(String why) implements Ending {}

    /// The gateway said no, for a reason another try does not change.
    record Refused(Problem problem) implements Ending {}

    /// Nobody reads our stdout.
    record BrokenPipe() implements Ending {}
}
