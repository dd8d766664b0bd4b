package dev.noid.gateway.placement;

import dev.noid.gateway.dispatch.Dispatcher;
import dev.noid.gateway.store.Database;
import dev.noid.gateway.store.DatabaseUnavailable;
import dev.noid.gateway.store.Outgoing;
import dev.noid.gateway.store.Placing.Waiting;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Places what waits: at once for VMs that events name, and everything every 500 ms.
public final class PlacementLoop implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(PlacementLoop.class);
    private static final long SWEEP_MILLIS = 500;
    private static final int BATCH = 1_000;
    private static final long FORGET_KEYS_NANOS = Duration.ofHours(1).toNanos();

    private final Database database;
    private final Placement placement;
    private final Dispatcher dispatcher;
    private final Consumer<String> jobEnded;
    private final Thread thread;
    private final Set<String> named = new LinkedHashSet<>();
    private boolean sweepAsked;
    private volatile boolean stopped;
    private long keysForgotten = System.nanoTime();

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
        this.thread = Thread.ofPlatform().name("placement").unstarted(() -> loop(onDeath));
    }

    public void start() {
        thread.start();
    }

    /// Something about this VM changed.
    public void look(String vm) {
        synchronized (named) {
            named.add(vm);
            named.notifyAll();
        }
    }

    /// Room may have appeared somewhere, or something new waits for it.
    public void lookEverywhere() {
        synchronized (named) {
            sweepAsked = true;
            named.notifyAll();
        }
    }

    private void loop(Runnable onDeath) {
        long lastSweep = System.nanoTime();
        try {
            while (!stopped) {
                Queue<String> vms = new ArrayDeque<>();
                boolean sweep;
                synchronized (named) {
                    long left = SWEEP_MILLIS
                            - Duration.ofNanos(System.nanoTime() - lastSweep).toMillis();
                    if (named.isEmpty() && !sweepAsked && left > 0) {
                        named.wait(left);
                    }
                    vms.addAll(named);
                    named.clear();
                    sweep = sweepAsked
                            || Duration.ofNanos(System.nanoTime() - lastSweep).toMillis() >= SWEEP_MILLIS;
                    sweepAsked = false;
                }
                try {
                    vms.forEach(this::place);
                    if (sweep) {
                        lastSweep = System.nanoTime();
                        sweep();
                    }
                } catch (DatabaseUnavailable e) {
                    log.debug("placement skipped, the database is away");
                }
            }
        } catch (InterruptedException _) {
            // close()
        } catch (RuntimeException e) {
            log.error("placement died", e);
            onDeath.run();
        }
    }

    private void sweep() {
        if (System.nanoTime() - keysForgotten > FORGET_KEYS_NANOS) {
            database.read(tx -> tx.keys().forgetOld());
            keysForgotten = System.nanoTime();
        }
        database.read(tx -> tx.placing().retriesDue());
        List<Waiting> all = database.read(tx -> tx.placing().waiting(BATCH));
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
        Decision decision = database.transaction(tx -> placement.of(tx, vm));
        say(decision);
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
        stopped = true;
        if (!thread.isAlive()) {
            // Never started, because something before it could not.
            return;
        }
        thread.interrupt();
        try {
            thread.join(Duration.ofSeconds(2));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
