package dev.noid.bench.figure;

import dev.noid.bench.result.Goal;
import dev.noid.bench.result.Row;
import dev.noid.bench.result.Series;
import dev.noid.bench.result.Unit;
import dev.noid.bench.stack.Api;
import dev.noid.bench.stack.StackKind;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/// `noid ls` and `noid --help` as a person waits for them, beside a JVM that does nothing.
public final class CommandLine implements Figure {
    private static final int WARM_UP = 2;

    @Override
    public String name() {
        return "cli";
    }

    @Override
    public StackKind stack() {
        return StackKind.STUB;
    }

    @Override
    public List<Row> measure(Rig rig) throws IOException, InterruptedException {
        Series ls = rig.log().series("ls", "noid", Unit.MILLIS);
        Series help = rig.log().series("help", "noid", Unit.MILLIS);
        Series bare = rig.log().series("java", "bare", Unit.MILLIS);
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        String noid = rig.launcher().toString();
        try (Api api = rig.stack().api()) {
            api.create("bench-ls");
            try {
                for (int i = 0; i < WARM_UP; i++) {
                    run(rig, noid, "ls");
                    run(rig, noid, "--help");
                    run(rig, java, "-version");
                }
                for (int i = 0; i < rig.scale().rounds(); i++) {
                    timed(ls, rig, noid, "ls");
                    timed(help, rig, noid, "--help");
                    timed(bare, rig, java, "-version");
                }
            } finally {
                api.destroy("bench-ls");
            }
        }
        return List.of(row("noid ls", ls, bare, new Goal.AtMost(250)), row("noid --help", help, bare, new Goal.None()));
    }

    private Row row(String what, Series noid, Series bare, Goal goal) {
        return new Row(name(), what, Unit.MILLIS, noid.samples(), "java -version", bare.samples(), goal);
    }

    private static void timed(Series series, Rig rig, String... command) throws IOException, InterruptedException {
        long began = System.nanoTime();
        run(rig, command);
        series.addSince(began);
    }

    private static void run(Rig rig, String... command) throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().put("NOID_SERVER", rig.stack().url());
        builder.environment().put("NOID_TOKEN", rig.stack().token());
        Process process = builder.start();
        process.getOutputStream().close();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (process.waitFor() != 0) {
            throw new IOException(List.of(command) + " ended with " + process.exitValue() + ": " + said);
        }
    }
}
