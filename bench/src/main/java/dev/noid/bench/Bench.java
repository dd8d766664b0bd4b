package dev.noid.bench;

import dev.noid.bench.figure.Figure;
import dev.noid.bench.figure.NotThereYet;
import dev.noid.bench.figure.Rig;
import dev.noid.bench.figure.Scale;
import dev.noid.bench.result.FigureResult;
import dev.noid.bench.result.SampleLog;
import dev.noid.bench.stack.BenchStack;
import dev.noid.bench.stack.Refused;
import dev.noid.bench.stack.StackKind;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// Goes through the figures: one stack after the other, so that none disturbs another's.
final class Bench {
    private static final double NANOS_PER_SECOND = 1e9;

    private final Map<String, String> environment;
    private final Scale scale;
    private final SampleLog log;
    private final PrintStream progress;

    Bench(Map<String, String> environment, Scale scale, SampleLog log, PrintStream progress) {
        this.environment = environment;
        this.scale = scale;
        this.log = log;
        this.progress = progress;
    }

    List<FigureResult> run(List<Figure> figures) throws IOException, InterruptedException {
        List<FigureResult> results = new ArrayList<>();
        for (StackKind kind : figures.stream().map(Figure::stack).distinct().toList()) {
            progress.println("starting a stack with " + kind);
            try (BenchStack stack = BenchStack.start(environment, kind);
                    Interruption _ = Interruption.ends(stack)) {
                Rig rig = new Rig(stack, scale, log, launcher(), image());
                for (Figure figure : figures) {
                    if (figure.stack() == kind) {
                        results.add(timed(figure, rig));
                    }
                }
            }
        }
        return results;
    }

    private FigureResult timed(Figure figure, Rig rig) throws InterruptedException {
        progress.print("measuring " + figure.name() + " ... ");
        progress.flush();
        long began = System.nanoTime();
        FigureResult result = measured(figure, rig);
        progress.println(String.format(Locale.ROOT, "%.1f s", (System.nanoTime() - began) / NANOS_PER_SECOND)
                + switch (result) {
                    case FigureResult.Measured _ -> "";
                    case FigureResult.NotThereYet _ -> " (not there yet)";
                    case FigureResult.Failed failed -> " FAILED: " + failed.why();
                });
        return result;
    }

    private static FigureResult measured(Figure figure, Rig rig) throws InterruptedException {
        try {
            return new FigureResult.Measured(figure.name(), figure.measure(rig));
        } catch (Refused refused) {
            return refused.unknownPath()
                    ? new FigureResult.NotThereYet(figure.name(), String.valueOf(refused.getMessage()))
                    : new FigureResult.Failed(figure.name(), String.valueOf(refused.getMessage()));
        } catch (NotThereYet missing) {
            return new FigureResult.NotThereYet(figure.name(), String.valueOf(missing.getMessage()));
        } catch (IOException | RuntimeException failed) {
            return new FigureResult.Failed(figure.name(), failed.toString());
        }
    }

    private Path launcher() {
        return Path.of(environment.getOrDefault("NOID", "noid"));
    }

    private Path image() {
        String home = environment.getOrDefault("NOID_HOME", "target/dist");
        return Path.of(environment.getOrDefault("NOID_IMAGES", home + "/images"), "busybox")
                .toAbsolutePath();
    }
}
