package dev.noid.bench.figure;

import dev.noid.bench.flood.Attack;
import dev.noid.bench.flood.Flood;
import dev.noid.bench.result.Goal;
import dev.noid.bench.result.Row;
import dev.noid.bench.result.Series;
import dev.noid.bench.result.Unit;
import dev.noid.bench.stack.Api;
import dev.noid.bench.stack.StackKind;
import dev.noid.schema.Deadline;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/// Execs of one client while another one floods a gateway of 128 MiB, beside the same execs when nobody does. It
/// fails when a process of the stack does not live through it.
public final class Floods implements Figure {
    private static final String QUIET = "bench-quiet";
    private static final List<String> NOTHING = List.of("true");

    @Override
    public String name() {
        return "flood";
    }

    @Override
    public StackKind stack() {
        return StackKind.SMALL;
    }

    @Override
    public List<Row> measure(Rig rig) throws IOException, InterruptedException {
        Map<String, Long> processes = rig.stack().pids();
        Series idle = rig.log().series(name(), "idle", Unit.MILLIS);
        Map<Attack, Series> loud = new EnumMap<>(Attack.class);
        try (Api api = rig.stack().api();
                Api other = rig.stack().apiOfAnotherToken()) {
            other.create(QUIET);
            api.create(Attack.VM);
            String job = api.begin(Attack.VM, List.of("cat"), true);
            execsFor(rig.scale().warmUp(), other);
            for (Attack attack : Attack.values()) {
                execs(rig, other, idle);
                Series samples = rig.log().series(name(), attack.toString(), Unit.MILLIS);
                loud.put(attack, samples);
                try (Flood _ = new Flood(
                        attack, URI.create(rig.stack().url()), rig.stack().token(), job)) {
                    // What is compiled and opened for it once is not its every day.
                    execsFor(rig.scale().slice(), other);
                    execs(rig, other, samples);
                }
                if (!rig.stack().pids().equals(processes)) {
                    throw new IOException("not all of the stack lived through a flood of " + attack);
                }
            }
            // What was held is free again, for the one who held it too.
            api.cancel(job);
            api.exec(Attack.VM, NOTHING);
            api.destroy(Attack.VM);
            other.destroy(QUIET);
        }
        List<Row> rows = new ArrayList<>();
        loud.forEach((attack, samples) -> rows.add(new Row(
                name(),
                "exec beside " + attack,
                Unit.MILLIS,
                samples.samples(),
                "idle",
                idle.samples(),
                new Goal.WorstRatioAtMost(2))));
        return rows;
    }

    private static void execsFor(Duration span, Api api) throws IOException {
        for (Deadline warm = Deadline.after(span); !warm.passed(); ) {
            api.exec(QUIET, NOTHING);
        }
    }

    private static void execs(Rig rig, Api api, Series into) throws IOException {
        for (int i = 0; i < rig.scale().execs(); i++) {
            long began = System.nanoTime();
            api.exec(QUIET, NOTHING);
            into.addSince(began);
        }
    }
}
