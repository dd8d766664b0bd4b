package dev.noid.bench;

import dev.noid.bench.figure.CheckpointBytes;
import dev.noid.bench.figure.Checkpoints;
import dev.noid.bench.figure.CommandLine;
import dev.noid.bench.figure.CreateToExec;
import dev.noid.bench.figure.ExecRoundTrip;
import dev.noid.bench.figure.Figure;
import dev.noid.bench.figure.Floods;
import dev.noid.bench.figure.Forks;
import dev.noid.bench.figure.LargeCheckpoints;
import dev.noid.bench.figure.Restores;
import dev.noid.bench.figure.StopStart;
import dev.noid.bench.figure.StubJobs;
import dev.noid.bench.figure.Throughput;
import dev.noid.bench.figure.WarmPool;
import java.util.List;

/// All there is, in the order of the table.
final class Figures {
    private Figures() {}

    static List<Figure> all() {
        return List.of(
                new CreateToExec(),
                new ExecRoundTrip(),
                new StopStart(),
                new Checkpoints(),
                new Restores(),
                new Forks(),
                new LargeCheckpoints(),
                new CheckpointBytes(),
                new Throughput(),
                new WarmPool(),
                new StubJobs(),
                new Floods(),
                new CommandLine());
    }
}
