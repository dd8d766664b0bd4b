package dev.noid.bench.figure;

import dev.noid.bench.bare.BareCheckpoint;
import dev.noid.bench.bare.BareVm;
import dev.noid.bench.bare.Kit;
import dev.noid.bench.result.Goal;
import dev.noid.bench.result.Row;
import dev.noid.bench.result.Series;
import dev.noid.bench.result.Unit;
import dev.noid.bench.stack.Api;
import dev.noid.bench.stack.OutputSocket;
import dev.noid.bench.stack.StackKind;
import java.io.IOException;
import java.util.List;
import tools.jackson.databind.JsonNode;

/// A checkpoint of a VM in which a process prints every 5 ms: the longest silence that who listens to it meets, and
/// the time until all of it is safe on disk. The guest itself can't tell: its clocks stand still too.
public final class Checkpoints implements Figure {
    /// No process is started for a tick: emulated, that alone takes as long.
    private static final List<String> TICKER =
            List.of("sh", "-c", "mkfifo /tmp/tick; exec 3<>/tmp/tick; while :; do read -t 0.005 -u 3 x; echo .; done");

    private static final int SETTLED = 20;

    @Override
    public String name() {
        return "checkpoint";
    }

    @Override
    public StackKind stack() {
        return StackKind.VMS;
    }

    @Override
    public List<Row> measure(Rig rig) throws IOException, InterruptedException {
        try (Api api = rig.stack().api()) {
            api.create("bench-ck");
            try {
                api.removeCheckpoint(api.checkpoint("bench-ck"));
                return ticking(rig, api);
            } finally {
                api.destroy("bench-ck");
            }
        }
    }

    private List<Row> ticking(Rig rig, Api api) throws IOException, InterruptedException {
        Kit kit = rig.stack().kitLike(api.get("/vms/bench-ck"), rig.image());
        GapMeter noid = new GapMeter();
        GapMeter bare = new GapMeter();
        String job = api.begin("bench-ck", TICKER, false);
        try (OutputSocket _ = rig.stack().output(job, _ -> noid.sign());
                BareVm vm = BareVm.boot(kit, "checkpoint")) {
            Thread reader = Thread.ofVirtual().start(() -> listen(vm, bare));
            List<Row> rows = rounds(rig, api, vm, noid, bare);
            vm.kill();
            reader.join();
            return rows;
        } finally {
            api.cancel(job);
        }
    }

    private static void listen(BareVm vm, GapMeter meter) {
        try {
            vm.agent().exec(TICKER, _ -> meter.sign());
        } catch (IOException _) {
            return; // killed, as it should be
        }
    }

    private List<Row> rounds(Rig rig, Api api, BareVm vm, GapMeter noid, GapMeter bare)
            throws IOException, InterruptedException {
        Series gap = rig.log().series("checkpoint-gap", "noid", Unit.MILLIS);
        Series bareGap = rig.log().series("checkpoint-gap", "bare", Unit.MILLIS);
        Series total = rig.log().series("checkpoint-total", "noid", Unit.MILLIS);
        Series bareTotal = rig.log().series("checkpoint-total", "bare", Unit.MILLIS);
        Series told = rig.log().series("checkpoint-pause", "noid", Unit.MILLIS);
        Series bareTold = rig.log().series("checkpoint-pause", "bare", Unit.MILLIS);
        for (int i = 0; i < rig.scale().rounds(); i++) {
            noid.awaitSigns(SETTLED);
            noid.reset();
            long began = System.nanoTime();
            JsonNode made = api.checkpoint("bench-ck");
            total.addSince(began);
            noid.awaitSigns(SETTLED);
            gap.add(noid.longest());
            told.add(made.path("pauseMillis").asDouble());
            api.removeCheckpoint(made);

            bare.awaitSigns(SETTLED);
            bare.reset();
            began = System.nanoTime();
            BareCheckpoint kept = vm.checkpoint("ck-" + i);
            kept.sync();
            bareTotal.addSince(began);
            bare.awaitSigns(SETTLED);
            bareGap.add(bare.longest());
            bareTold.add(kept.pauseMillis());
            kept.remove();
        }
        return List.of(
                row("checkpoint, longest silence", gap, bareGap, new Goal.RatioAtMost(1.25)),
                row("checkpoint, pause as told", told, bareTold, new Goal.None()),
                row("checkpoint, all safe", total, bareTotal, new Goal.None()));
    }

    private Row row(String what, Series noid, Series bare, Goal goal) {
        return new Row(name(), what, Unit.MILLIS, noid.samples(), "raw QMP", bare.samples(), goal);
    }
}
