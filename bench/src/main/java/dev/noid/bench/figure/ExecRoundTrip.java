package dev.noid.bench.figure;

import dev.noid.bench.bare.BareVm;
import dev.noid.bench.result.Goal;
import dev.noid.bench.result.Row;
import dev.noid.bench.result.Series;
import dev.noid.bench.result.Unit;
import dev.noid.bench.stack.Api;
import dev.noid.bench.stack.StackKind;
import dev.noid.schema.Deadline;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;

/// One small command in a running VM, asked for over HTTP, to its exit code and output; beside the same command, asked
/// of the agent of a bare VM directly.
public final class ExecRoundTrip implements Figure {
    static final List<String> ECHO = List.of("echo", "hi");

    @Override
    public String name() {
        return "exec";
    }

    @Override
    public StackKind stack() {
        return StackKind.VMS;
    }

    @Override
    public List<Row> measure(Rig rig) throws IOException, InterruptedException {
        Series noid = rig.log().series(name(), "noid", Unit.MILLIS);
        Series bare = rig.log().series(name(), "bare", Unit.MILLIS);
        JobSteps steps = new JobSteps(name(), rig.log());
        try (Api api = rig.stack().api()) {
            api.create("bench-exec");
            try (BareVm vm = BareVm.boot(rig.stack().kitLike(api.get("/vms/bench-exec"), rig.image()), "exec")) {
                for (Deadline warm = Deadline.after(rig.scale().warmUp()); !warm.passed(); ) {
                    api.exec("bench-exec", ECHO);
                    vm.agent().exec(ECHO);
                }
                for (int i = 0; i < rig.scale().execs(); i++) {
                    long began = System.nanoTime();
                    JsonNode job = api.exec("bench-exec", ECHO);
                    noid.addSince(began);
                    steps.add(job);
                    began = System.nanoTime();
                    vm.agent().exec(ECHO);
                    bare.addSince(began);
                }
            } finally {
                api.destroy("bench-exec");
            }
        }
        List<Row> rows = new ArrayList<>();
        rows.add(new Row(
                name(),
                "exec round trip",
                Unit.MILLIS,
                noid.samples(),
                "direct agent",
                bare.samples(),
                new Goal.RatioAndAdded(1.5, 6)));
        rows.addAll(steps.rows());
        return rows;
    }
}
