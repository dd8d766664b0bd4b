package dev.noid.bench.figure;

import dev.noid.bench.bare.BareCheckpoint;
import dev.noid.bench.bare.BareVm;
import dev.noid.bench.bare.Kit;
import dev.noid.bench.queue.Load;
import dev.noid.bench.result.Goal;
import dev.noid.bench.result.Row;
import dev.noid.bench.result.Series;
import dev.noid.bench.result.Unit;
import dev.noid.bench.stack.Api;
import dev.noid.bench.stack.StackKind;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import tools.jackson.databind.JsonNode;

/// New VMs from one checkpoint, all at once, until each has run a command; the time of all by their number.
public final class Forks implements Figure {
    private static final int MANY = 10;

    @Override
    public String name() {
        return "fork";
    }

    @Override
    public StackKind stack() {
        return StackKind.VMS;
    }

    @Override
    public List<Row> measure(Rig rig) throws IOException, InterruptedException {
        try (Api api = rig.stack().api()) {
            api.create("bench-fork");
            Kit kit = rig.stack().kitLike(api.get("/vms/bench-fork"), rig.image());
            try (BareVm source = BareVm.boot(kit, "fork")) {
                JsonNode made = api.checkpoint("bench-fork");
                source.agent().exec(ExecRoundTrip.ECHO);
                BareCheckpoint kept = source.checkpoint("ck");
                int rounds = rig.scale().rounds();
                List<Row> rows = List.of(
                        row(rig, api, kit, made, kept, 1, rounds), row(rig, api, kit, made, kept, MANY, rounds));
                api.removeCheckpoint(made);
                return rows;
            } finally {
                api.destroy("bench-fork");
            }
        }
    }

    private Row row(Rig rig, Api api, Kit kit, JsonNode made, BareCheckpoint kept, int count, int rounds)
            throws IOException, InterruptedException {
        Series noid = rig.log().series("fork-" + count, "noid", Unit.MILLIS);
        Series bare = rig.log().series("fork-" + count, "bare", Unit.MILLIS);
        for (int i = 0; i < rounds; i++) {
            String prefix = "bench-f" + count + "r" + i;
            long began = System.nanoTime();
            List<String> names = api.fork("bench-fork", made, count, prefix);
            var _ = Load.together(names.stream()
                    .<Callable<Boolean>>map(vm -> () -> exec(rig, vm))
                    .toList());
            noid.add(perVm(began, count));
            var _ = Load.together(names.stream()
                    .<Callable<Boolean>>map(vm -> () -> destroy(rig, vm))
                    .toList());
            began = System.nanoTime();
            List<BareVm> vms = Load.together(IntStream.range(0, count)
                    .<Callable<BareVm>>mapToObj(n -> () -> bareFork(kit, prefix + "-" + n, kept))
                    .toList());
            bare.add(perVm(began, count));
            for (BareVm vm : vms) {
                vm.close();
            }
        }
        return new Row(
                name(),
                "fork of " + count + ", a VM",
                Unit.MILLIS,
                noid.samples(),
                "raw QEMU",
                bare.samples(),
                new Goal.RatioAtMost(1.3));
    }

    private static double perVm(long began, int count) {
        return (System.nanoTime() - began) / 1e6 / count;
    }

    private static boolean exec(Rig rig, String vm) throws IOException {
        try (Api own = rig.stack().api()) {
            own.exec(vm, ExecRoundTrip.ECHO);
            return true;
        }
    }

    private static boolean destroy(Rig rig, String vm) throws IOException {
        try (Api own = rig.stack().api()) {
            own.destroy(vm);
            return true;
        }
    }

    private static BareVm bareFork(Kit kit, String name, BareCheckpoint from) throws IOException, InterruptedException {
        BareVm vm = BareVm.restore(kit, name, from);
        vm.agent().exec(ExecRoundTrip.ECHO);
        return vm;
    }
}
