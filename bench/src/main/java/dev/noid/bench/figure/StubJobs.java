package dev.noid.bench.figure;

import dev.noid.bench.queue.DbScheduler;
import dev.noid.bench.queue.KafkaTwoHops;
import dev.noid.bench.queue.Load;
import dev.noid.bench.queue.RoundTrips;
import dev.noid.bench.result.Goal;
import dev.noid.bench.result.Row;
import dev.noid.bench.result.Series;
import dev.noid.bench.result.Unit;
import dev.noid.bench.stack.Api;
import dev.noid.bench.stack.CpuTimes;
import dev.noid.bench.stack.StackKind;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/// Jobs without VMs: all rows and records of an exec, and a process that does nothing. First as many as go through,
/// then 50 a second; beside a queue in the same database, and two hops through the same broker.
public final class StubJobs implements Figure {
    private static final List<String> NOTHING = List.of("true");
    private static final int VMS = 4;
    private static final int CLIENTS = 16;
    private static final Duration GAP = Duration.ofMillis(20);

    @Override
    public String name() {
        return "stub";
    }

    @Override
    public StackKind stack() {
        return StackKind.STUB;
    }

    @Override
    public List<Row> measure(Rig rig) throws IOException, InterruptedException {
        List<Api> connections = new ArrayList<>();
        try (Api api = rig.stack().api();
                KafkaTwoHops kafka = new KafkaTwoHops(rig.stack().bootstrap());
                DbScheduler scheduler = new DbScheduler(
                        rig.stack().jdbcUrl(), "noid", rig.stack().ownersPassword())) {
            for (int i = 0; i < VMS; i++) {
                api.create("bench-stub-" + i);
            }
            List<RoundTrips> noid = new ArrayList<>();
            for (int i = 0; i < CLIENTS; i++) {
                Api own = rig.stack().api();
                String vm = "bench-stub-" + i % VMS;
                connections.add(own);
                noid.add(() -> own.exec(vm, NOTHING));
            }
            Load.closed(noid, rig.scale().warmUp());
            List<Row> rows = new ArrayList<>(closed(rig, noid, same(scheduler), same(kafka)));
            rows.addAll(open(rig, noid, same(scheduler), same(kafka)));
            for (int i = 0; i < VMS; i++) {
                api.destroy("bench-stub-" + i);
            }
            return rows;
        } finally {
            for (Api connection : connections) {
                connection.close();
            }
        }
    }

    private static List<RoundTrips> same(RoundTrips one) {
        return Collections.nCopies(CLIENTS, one);
    }

    private List<Row> closed(Rig rig, List<RoundTrips> noid, List<RoundTrips> scheduler, List<RoundTrips> kafka)
            throws IOException, InterruptedException {
        Series jobs = rig.log().series("stub-closed", "noid", Unit.JOBS_PER_SECOND);
        Series tasks = rig.log().series("stub-closed", "db-scheduler", Unit.JOBS_PER_SECOND);
        Series hops = rig.log().series("stub-closed", "kafka", Unit.JOBS_PER_SECOND);
        Duration slice = rig.scale().slice();
        Load.closed(scheduler, slice);
        Load.closed(kafka, slice);
        CpuPerJob cpu = new CpuPerJob(name(), rig.log());
        for (int i = 0; i < rig.scale().rounds(); i++) {
            CpuTimes before = rig.stack().cpuTimes();
            double rate = Load.closed(noid, slice);
            jobs.add(rate);
            cpu.add(rig.stack().cpuTimes(), before, rate * slice.toMillis() / 1000);
            tasks.add(Load.closed(scheduler, slice));
            hops.add(Load.closed(kafka, slice.dividedBy(2)));
        }
        Goal goal = new Goal.AtLeast(2000);
        List<Row> rows = new ArrayList<>();
        rows.add(row("stub jobs, 16 clients", Unit.JOBS_PER_SECOND, jobs, "db-scheduler", tasks, goal));
        rows.add(row("stub jobs, 16 clients", Unit.JOBS_PER_SECOND, jobs, "Kafka two hops", hops, new Goal.None()));
        rows.addAll(cpu.rows());
        return rows;
    }

    private List<Row> open(Rig rig, List<RoundTrips> noid, List<RoundTrips> scheduler, List<RoundTrips> kafka)
            throws IOException, InterruptedException {
        Series jobs = rig.log().series("stub-open", "noid", Unit.MILLIS);
        Series tasks = rig.log().series("stub-open", "db-scheduler", Unit.MILLIS);
        Series hops = rig.log().series("stub-open", "kafka", Unit.MILLIS);
        int batch = Math.max(1, rig.scale().execs() / 20);
        for (int i = 0; i < rig.scale().rounds(); i++) {
            Load.open(noid, GAP, batch, jobs);
            Load.open(scheduler, GAP, batch, tasks);
            Load.open(kafka, GAP, batch, hops);
        }
        Goal goal = new Goal.AtMost(6);
        return List.of(
                row("stub job, 50/s", Unit.MILLIS, jobs, "Kafka two hops", hops, goal),
                row("stub job, 50/s", Unit.MILLIS, jobs, "db-scheduler", tasks, new Goal.None()));
    }

    private Row row(String what, Unit unit, Series noid, String beside, Series bare, Goal goal) {
        return new Row(name(), what, unit, noid.samples(), beside, bare.samples(), goal);
    }
}
