package dev.noid.bench.figure;

import dev.noid.bench.bare.BareCheckpoint;
import dev.noid.bench.bare.BareVm;
import dev.noid.bench.bare.Kit;
import dev.noid.bench.result.Goal;
import dev.noid.bench.result.Row;
import dev.noid.bench.result.Series;
import dev.noid.bench.result.Unit;
import dev.noid.bench.stack.Api;
import dev.noid.bench.stack.StackKind;
import java.io.IOException;
import java.util.List;
import tools.jackson.databind.JsonNode;

/// A VM of 512 MiB: the pause and the time until all is safe, first idle, then with 400 MiB written.
public final class LargeCheckpoints implements Figure {
    private static final String SHAPE = "{\"memoryMib\":512}";
    /// What is no zeros, without the guest computing each byte of it.
    private static final List<String> WRITE = List.of(
            "sh",
            "-c",
            "mkdir -p /mnt && mount -t tmpfs -o size=420m none /mnt && head -c 1048576 /dev/urandom >/mnt/one"
                    + " && for i in $(seq 399); do cat /mnt/one; done >/mnt/rest");

    @Override
    public String name() {
        return "checkpoint-512";
    }

    @Override
    public StackKind stack() {
        return StackKind.VMS;
    }

    @Override
    public List<Row> measure(Rig rig) throws IOException, InterruptedException {
        try (Api api = rig.stack().api()) {
            api.create("bench-512", SHAPE);
            Kit kit = rig.stack().kitLike(api.get("/vms/bench-512"), rig.image());
            try (BareVm vm = BareVm.boot(kit, "large")) {
                Sides idle = new Sides(rig, "idle");
                for (int i = 0; i < rig.scale().rounds(); i++) {
                    idle.round(api, vm, "idle-" + i);
                }
                api.exec("bench-512", WRITE);
                vm.agent().exec(WRITE);
                Sides full = new Sides(rig, "400 MiB written");
                for (int i = 0; i < rig.scale().rounds(); i++) {
                    full.round(api, vm, "full-" + i);
                }
                return List.of(
                        idle.pauses(new Goal.AtMost(150)),
                        idle.totals(new Goal.AtMost(1000)),
                        full.pauses(new Goal.None()),
                        full.totals(new Goal.None()));
            } finally {
                api.destroy("bench-512");
            }
        }
    }

    private final class Sides {
        private final String state;
        private final Series pause;
        private final Series barePause;
        private final Series total;
        private final Series bareTotal;

        Sides(Rig rig, String state) {
            this.state = state;
            pause = rig.log().series("512 " + state + " pause", "noid", Unit.MILLIS);
            barePause = rig.log().series("512 " + state + " pause", "bare", Unit.MILLIS);
            total = rig.log().series("512 " + state + " safe", "noid", Unit.MILLIS);
            bareTotal = rig.log().series("512 " + state + " safe", "bare", Unit.MILLIS);
        }

        void round(Api api, BareVm vm, String name) throws IOException, InterruptedException {
            long began = System.nanoTime();
            JsonNode made = api.checkpoint("bench-512");
            total.addSince(began);
            pause.add(made.path("pauseMillis").asDouble());
            api.removeCheckpoint(made);
            began = System.nanoTime();
            BareCheckpoint kept = vm.checkpoint(name);
            kept.sync();
            bareTotal.addSince(began);
            barePause.add(kept.pauseMillis());
            kept.remove();
        }

        Row pauses(Goal goal) {
            return row("512 MiB " + state + ", pause", pause, barePause, goal);
        }

        Row totals(Goal goal) {
            return row("512 MiB " + state + ", all safe", total, bareTotal, goal);
        }

        private Row row(String what, Series noid, Series bare, Goal goal) {
            return new Row(name(), what, Unit.MILLIS, noid.samples(), "raw QMP", bare.samples(), goal);
        }
    }
}
