package dev.noid.bench.figure;

import dev.noid.bench.bare.BareVm;
import dev.noid.bench.result.Goal;
import dev.noid.bench.result.Row;
import dev.noid.bench.result.Series;
import dev.noid.bench.result.Unit;
import dev.noid.bench.stack.Api;
import dev.noid.bench.stack.StackKind;
import java.io.IOException;
import java.util.List;

/// A running VM to its orderly end, and from its files to the first command's result.
public final class StopStart implements Figure {
    @Override
    public String name() {
        return "stop-start";
    }

    @Override
    public StackKind stack() {
        return StackKind.VMS;
    }

    @Override
    public List<Row> measure(Rig rig) throws IOException, InterruptedException {
        Series stop = rig.log().series("stop", "noid", Unit.MILLIS);
        Series bareStop = rig.log().series("stop", "bare", Unit.MILLIS);
        Series start = rig.log().series("start", "noid", Unit.MILLIS);
        Series bareStart = rig.log().series("start", "bare", Unit.MILLIS);
        try (Api api = rig.stack().api()) {
            api.create("bench-stop");
            BareVm vm = BareVm.boot(rig.stack().kitLike(api.get("/vms/bench-stop"), rig.image()), "stop");
            try {
                for (int i = 0; i < rig.scale().rounds(); i++) {
                    long began = System.nanoTime();
                    api.stop("bench-stop");
                    stop.addSince(began);
                    began = System.nanoTime();
                    vm.stop();
                    bareStop.addSince(began);
                    began = System.nanoTime();
                    api.start("bench-stop");
                    api.exec("bench-stop", ExecRoundTrip.ECHO);
                    start.addSince(began);
                    began = System.nanoTime();
                    vm = vm.startAgain();
                    vm.agent().exec(ExecRoundTrip.ECHO);
                    bareStart.addSince(began);
                }
            } finally {
                vm.close();
                api.destroy("bench-stop");
            }
        }
        return List.of(
                row("stop", stop, bareStop, "agent's shutdown"),
                row("start to first exec", start, bareStart, "raw QEMU"));
    }

    private Row row(String what, Series noid, Series bare, String beside) {
        return new Row(name(), what, Unit.MILLIS, noid.samples(), beside, bare.samples(), new Goal.None());
    }
}
