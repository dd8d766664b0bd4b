package dev.noid.bench.figure;

import dev.noid.bench.bare.BareVm;
import dev.noid.bench.result.Goal;
import dev.noid.bench.result.Row;
import dev.noid.bench.result.Series;
import dev.noid.bench.result.Unit;
import dev.noid.bench.stack.Api;
import dev.noid.bench.stack.OutputSocket;
import dev.noid.bench.stack.StackKind;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/// Bytes out of a command and into one, and when the first one comes; beside the agent's channel alone.
public final class Throughput implements Figure {
    private static final int OUT_MIB = 16;
    private static final int IN_MIB = 8;
    private static final long MIB = 1 << 20;
    private static final double NANOS_PER_SECOND = 1e9;
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    /// In large pieces: emulated, a program that copies byte by byte would be all that is measured.
    private static final List<String> WRITE =
            List.of("dd", "if=/dev/zero", "bs=64k", "count=" + OUT_MIB * MIB / 65536, "status=none");

    private static final List<String> READ = List.of("sh", "-c", "cat >/dev/null");

    @Override
    public String name() {
        return "throughput";
    }

    @Override
    public StackKind stack() {
        return StackKind.VMS;
    }

    @Override
    public List<Row> measure(Rig rig) throws IOException, InterruptedException {
        Series out = rig.log().series("output", "noid", Unit.MIB_PER_SECOND);
        Series bareOut = rig.log().series("output", "bare", Unit.MIB_PER_SECOND);
        Series first = rig.log().series("first-byte", "noid", Unit.MILLIS);
        Series bareFirst = rig.log().series("first-byte", "bare", Unit.MILLIS);
        Series in = rig.log().series("input", "noid", Unit.MIB_PER_SECOND);
        Series bareIn = rig.log().series("input", "bare", Unit.MIB_PER_SECOND);
        try (Api api = rig.stack().api()) {
            api.create("bench-bulk");
            try (BareVm vm = BareVm.boot(rig.stack().kitLike(api.get("/vms/bench-bulk"), rig.image()), "bulk")) {
                for (int i = 0; i < rig.scale().rounds(); i++) {
                    long began = System.nanoTime();
                    output(rig, api, began, first);
                    out.add(OUT_MIB / seconds(began));
                    began = System.nanoTime();
                    output(vm, began, bareFirst);
                    bareOut.add(OUT_MIB / seconds(began));
                    began = System.nanoTime();
                    input(rig, api);
                    in.add(IN_MIB / seconds(began));
                    began = System.nanoTime();
                    vm.agent().feed(READ, IN_MIB * MIB);
                    bareIn.add(IN_MIB / seconds(began));
                }
            } finally {
                api.destroy("bench-bulk");
            }
        }
        return List.of(
                row("output of 16 MiB", Unit.MIB_PER_SECOND, out, bareOut, new Goal.RatioAtLeast(0.5)),
                row("output, first byte", Unit.MILLIS, first, bareFirst, new Goal.AtMost(20)),
                row("input of 8 MiB", Unit.MIB_PER_SECOND, in, bareIn, new Goal.None()));
    }

    private Row row(String what, Unit unit, Series noid, Series bare, Goal goal) {
        return new Row(name(), what, unit, noid.samples(), "direct agent", bare.samples(), goal);
    }

    private static double seconds(long began) {
        return (System.nanoTime() - began) / NANOS_PER_SECOND;
    }

    private static void output(Rig rig, Api api, long began, Series first) throws IOException, InterruptedException {
        AtomicLong got = new AtomicLong();
        String job = api.begin("bench-bulk", WRITE, false);
        try (OutputSocket socket = rig.stack().output(job, count -> {
            if (got.getAndAdd(count) == 0) {
                first.addSince(began);
            }
        })) {
            socket.awaitEnd(PATIENCE);
        }
        if (got.get() != OUT_MIB * MIB) {
            throw new IOException("got " + got.get() + " bytes of output");
        }
    }

    private static void output(BareVm vm, long began, Series first) throws IOException {
        AtomicLong got = new AtomicLong();
        vm.agent().exec(WRITE, bytes -> {
            if (got.getAndAdd(bytes.remaining()) == 0) {
                first.addSince(began);
            }
        });
    }

    private static void input(Rig rig, Api api) throws IOException, InterruptedException {
        String job = api.begin("bench-bulk", READ, true);
        try (OutputSocket socket = rig.stack().output(job, _ -> {})) {
            socket.feed(IN_MIB * MIB);
            String state = socket.awaitEnd(PATIENCE).path("state").asString("");
            if (!state.equals("succeeded")) {
                throw new IOException("the reader of the input ended " + state);
            }
        }
    }
}
