package dev.noid.bench.figure;

import dev.noid.bench.result.Goal;
import dev.noid.bench.result.Row;
import dev.noid.bench.result.Samples;
import dev.noid.bench.result.Series;
import dev.noid.bench.result.Unit;
import dev.noid.bench.stack.Api;
import dev.noid.bench.stack.StackKind;
import dev.noid.schema.Deadline;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

/// From nothing to the first command's result while a warm VM waits for whoever comes. There is no bare
/// mechanism: a VM that runs already would be the direct agent of `exec`.
public final class WarmPool implements Figure {
    private static final String VM = "bench-pool";
    private static final Duration FILLED = Duration.ofSeconds(20);
    private static final int LOOK_MILLIS = 20;
    /// What the worker's log says of a VM that was exercised and rests.
    private static final String READY = "pool vm ready";

    @Override
    public String name() {
        return "pool";
    }

    @Override
    public StackKind stack() {
        return StackKind.POOL;
    }

    @Override
    public List<Row> measure(Rig rig) throws IOException, InterruptedException {
        Series noid = rig.log().series(name(), "noid", Unit.MILLIS);
        try (Api api = rig.stack().api()) {
            // Whose shape the pool then has.
            api.create(VM);
            for (Deadline warm = Deadline.after(rig.scale().warmUp()); !warm.passed(); ) {
                api.exec(VM, ExecRoundTrip.ECHO);
            }
            api.destroy(VM);
            for (int i = 0; i < rig.scale().rounds(); i++) {
                // Each round takes one.
                if (!filled(rig.stack().workerLog(), i + 1)) {
                    throw new NotThereYet("no VM came into the pool within " + FILLED.toSeconds() + " s");
                }
                long began = System.nanoTime();
                api.create(VM);
                api.exec(VM, ExecRoundTrip.ECHO);
                noid.addSince(began);
                api.destroy(VM);
            }
        }
        return List.of(new Row(
                name(),
                "create from the warm pool to first exec",
                Unit.MILLIS,
                noid.samples(),
                "",
                new Samples(List.of()),
                new Goal.AtMost(60)));
    }

    private static boolean filled(Path log, int count) throws IOException, InterruptedException {
        long end = System.nanoTime() + FILLED.toNanos();
        while (System.nanoTime() - end < 0) {
            try (Stream<String> lines = Files.lines(log)) {
                if (lines.filter(line -> line.contains(READY)).count() >= count) {
                    return true;
                }
            }
            Thread.sleep(LOOK_MILLIS);
        }
        return false;
    }
}
