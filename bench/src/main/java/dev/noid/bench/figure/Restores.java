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

/// A running VM put back to a checkpoint, to the first command's result. What runs is not kept first.
public final class Restores implements Figure {
    @Override
    public String name() {
        return "restore";
    }

    @Override
    public StackKind stack() {
        return StackKind.VMS;
    }

    @Override
    public List<Row> measure(Rig rig) throws IOException, InterruptedException {
        Series noid = rig.log().series(name(), "noid", Unit.MILLIS);
        Series bare = rig.log().series(name(), "bare", Unit.MILLIS);
        try (Api api = rig.stack().api()) {
            api.create("bench-restore");
            Kit kit = rig.stack().kitLike(api.get("/vms/bench-restore"), rig.image());
            try (BareVm source = BareVm.boot(kit, "restore")) {
                JsonNode made = api.checkpoint("bench-restore");
                source.agent().exec(ExecRoundTrip.ECHO);
                BareCheckpoint kept = source.checkpoint("ck");
                BareVm vm = source;
                for (int i = 0; i < rig.scale().rounds(); i++) {
                    long began = System.nanoTime();
                    api.restore("bench-restore", made);
                    api.exec("bench-restore", ExecRoundTrip.ECHO);
                    noid.addSince(began);
                    began = System.nanoTime();
                    vm.kill();
                    BareVm next = BareVm.restore(kit, "restored-" + i, kept);
                    next.agent().exec(ExecRoundTrip.ECHO);
                    bare.addSince(began);
                    if (vm != source) {
                        vm.close();
                    }
                    vm = next;
                }
                vm.close();
                api.removeCheckpoint(made);
            } finally {
                api.destroy("bench-restore");
            }
        }
        return List.of(new Row(
                name(),
                "restore in place to first exec",
                Unit.MILLIS,
                noid.samples(),
                "raw QEMU",
                bare.samples(),
                new Goal.RatioAtMost(1.3)));
    }
}
