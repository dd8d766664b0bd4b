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

/// From nothing to the first command's result. Beside it the same by hand: a VM restored from the memory, devices and
/// disk of one that had just booted.
public final class CreateToExec implements Figure {
    @Override
    public String name() {
        return "create";
    }

    @Override
    public StackKind stack() {
        return StackKind.VMS;
    }

    @Override
    public List<Row> measure(Rig rig) throws IOException, InterruptedException {
        Series noid = rig.log().series(name(), "noid", Unit.MILLIS);
        Series restored = rig.log().series(name(), "raw restore", Unit.MILLIS);
        try (Api api = rig.stack().api()) {
            // The first of a shape may make its template.
            api.create("bench-like");
            Kit kit = rig.stack().kitLike(api.get("/vms/bench-like"), rig.image());
            api.destroy("bench-like");
            try (BareVm source = BareVm.boot(kit, "source")) {
                source.agent().exec(ExecRoundTrip.ECHO);
                BareCheckpoint template = source.checkpoint("template");
                source.kill();
                for (int i = 0; i < rig.scale().rounds(); i++) {
                    noid(api, noid);
                    long began = System.nanoTime();
                    try (BareVm vm = BareVm.restore(kit, "create", template)) {
                        vm.agent().exec(ExecRoundTrip.ECHO);
                        restored.addSince(began);
                    }
                }
            }
        }
        return List.of(new Row(
                name(),
                "create to first exec",
                Unit.MILLIS,
                noid.samples(),
                "raw QEMU, restore",
                restored.samples(),
                new Goal.RatioAtMost(1.25)));
    }

    private static void noid(Api api, Series series) throws IOException {
        long began = System.nanoTime();
        api.create("bench-create");
        api.exec("bench-create", ExecRoundTrip.ECHO);
        series.addSince(began);
        api.destroy("bench-create");
    }
}
