package dev.noid.gateway.placement;

import dev.noid.gateway.dispatch.Dispatcher;
import dev.noid.gateway.store.Database;
import dev.noid.gateway.store.Outgoing;
import dev.noid.gateway.store.Placing;
import dev.noid.gateway.store.Queue.Waiting;
import dev.noid.gateway.store.VmSweep;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Places what waits: at once for VMs that events name, and everything every 500 ms.
public final class PlacementLoop implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(PlacementLoop.class);
    private static final Duration SWEEP = Duration.ofMillis(500);
    private static final int BATCH = 1_000;
    private static final int OF_SIZE = 50;

    private final Database database;
    private final Placement placement;
    private final Dispatcher dispatcher;
    private final Consumer<String> jobEnded;
    private final VmSweep sweep;

    public PlacementLoop(
            Database database,
            Placement placement,
            Dispatcher dispatcher,
            Consumer<String> jobEnded,
            Runnable onDeath) {
        this.database = database;
        this.placement = placement;
        this.dispatcher = dispatcher;
        this.jobEnded = jobEnded;
        this.sweep = new VmSweep("placement", SWEEP, this::place, this::placeAll, onDeath);
    }

    public void start() {
        sweep.start();
    }

    /// Something about this VM changed.
    public void look(String vm) {
        sweep.look(vm);
    }

    /// Room may have appeared somewhere, or something new waits for it.
    public void lookEverywhere() {
        sweep.lookEverywhere();
    }

    private void placeAll() {
        database.read(tx -> tx.queue().retriesDue());
        List<Waiting> all = database.read(tx -> tx.queue().waiting(BATCH, OF_SIZE));
        Map<String, Integer> largestOverdue = new HashMap<>();
        for (Waiting waiting : all) {
            if (waiting.overdue() && waiting.room() != null) {
                largestOverdue.merge(waiting.room(), waiting.memoryMib(), Math::max);
            }
        }
        // Memory that was not to be had, by room: as much or more there is not asked for again in this sweep. What may
        // only have been held back for a larger one says nothing about that one.
        Map<String, Integer> refused = new HashMap<>();
        for (Waiting waiting : all) {
            String room = waiting.room();
            if (room == null) {
                place(waiting.vm());
            } else if (waiting.memoryMib() < refused.getOrDefault(room, Integer.MAX_VALUE)
                    && place(waiting.vm()).noRoom()
                    && waiting.memoryMib() >= largestOverdue.getOrDefault(room, 0)) {
                refused.put(room, waiting.memoryMib());
            }
        }
    }

    private Decision place(String vm) {
        Decision decision;
        do {
            decision = database.transaction(tx -> placement.of(tx, vm));
            say(decision);
        } while (decision.outgoing().size() >= Placing.EXECS_AT_ONCE);
        return decision;
    }

    /// To be called once the transaction of a decision has committed.
    public void say(Decision decision) {
        dispatcher.publish(decision.outgoing());
        for (Outgoing said : decision.outgoing()) {
            log.info(
                    "{} vm={} job={} attempt={} kind={} host={}",
                    said.state(),
                    said.vm(),
                    said.job(),
                    said.attempt(),
                    said.spec().kind(),
                    said.host());
        }
        decision.ended().forEach(jobEnded);
    }

    @Override
    public void close() {
        sweep.close();
    }
}
