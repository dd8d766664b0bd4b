package dev.noid.gateway.policy;

import dev.noid.gateway.store.Database;
import dev.noid.gateway.store.DatabaseUnavailable;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Applies the policies of VMs: at once where an event says that a job of theirs is over, and of all every minute, for
/// what only time makes too old and for events that were lost.
public final class PolicyLoop implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(PolicyLoop.class);
    private static final Duration SWEEP = Duration.ofMinutes(1);

    private final Database database;
    private final Policies policies;
    private final Thread thread;
    private final Set<String> named = new LinkedHashSet<>();
    private volatile boolean stopped;

    public PolicyLoop(Database database, Policies policies, Runnable onDeath) {
        this.database = database;
        this.policies = policies;
        this.thread = Thread.ofPlatform().name("policies").unstarted(() -> loop(onDeath));
    }

    public void start() {
        thread.start();
    }

    /// A lifecycle job of this VM is over.
    public void look(String vm) {
        synchronized (named) {
            named.add(vm);
            named.notifyAll();
        }
    }

    private void loop(Runnable onDeath) {
        long lastSweep = System.nanoTime();
        try {
            while (!stopped) {
                long left = SWEEP.minusNanos(System.nanoTime() - lastSweep).toMillis();
                List<String> vms = next(Math.max(1, left));
                try {
                    if (System.nanoTime() - lastSweep >= SWEEP.toNanos()) {
                        lastSweep = System.nanoTime();
                        vms = database.read(tx -> tx.removals().vmsToLookAt());
                    }
                    vms.forEach(this::apply);
                } catch (DatabaseUnavailable _) {
                    log.debug("policies skipped, the database is away");
                }
            }
        } catch (InterruptedException _) {
            // close()
        } catch (RuntimeException e) {
            log.error("policies died", e);
            onDeath.run();
        }
    }

    /// Those named since the last call; waits for one.
    private List<String> next(long millis) throws InterruptedException {
        synchronized (named) {
            if (named.isEmpty()) {
                named.wait(millis);
            }
            List<String> all = List.copyOf(named);
            named.clear();
            return all;
        }
    }

    private void apply(String vm) {
        database.<List<String>>transaction(tx -> tx.removals()
                .tenant(vm)
                .map(tenant -> {
                    tx.checkpoints().lockTrees(tenant);
                    return policies.apply(tx, vm);
                })
                .orElse(List.of()));
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
