package dev.noid.gateway.submit;

import dev.noid.gateway.placement.Decision;
import dev.noid.gateway.store.Database;
import dev.noid.gateway.store.Lifetimes.Due;
import dev.noid.gateway.store.Tx;
import dev.noid.gateway.store.VmSweep;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/// Ends VMs whose time is over, by jobs as anybody's: one is made under the VM's lock once it is seen there that it is
/// due, and then the VM is due no more, so that several gateways make one. What is over is in rows, so that it
/// needs no gateway to have been there.
public final class LifetimeLoop implements AutoCloseable {
    private static final Duration SWEEP = Duration.ofSeconds(1);
    /// Looked at later than this, something was away: this gateway, or its database. A client that renews its lease
    /// could not either.
    private static final long GAP_NANOS = Duration.ofSeconds(5).toNanos();
    /// The rest comes with the next sweep: what waits for this thread are other VMs' ends.
    private static final int AT_ONCE = 200;

    private final Database database;
    private final Submit submit;
    private final Lifecycles lifecycles;
    private final VmSweep sweep;
    private long lookingSince = System.nanoTime();
    private long lookedLast = lookingSince;

    public LifetimeLoop(Database database, Submit submit, Lifecycles lifecycles, Runnable onDeath) {
        this.database = database;
        this.submit = submit;
        this.lifecycles = lifecycles;
        this.sweep = new VmSweep("lifetimes", SWEEP, _ -> {}, this::endAll, onDeath);
    }

    public void start() {
        sweep.start();
    }

    private void endAll() {
        database.read(tx -> tx.lifetimes().noteUse());
        long now = System.nanoTime();
        if (now - lookedLast > GAP_NANOS) {
            lookingSince = now;
        }
        lookedLast = now;
        long looked = Duration.ofNanos(now - lookingSince).toSeconds();
        database.read(tx -> tx.lifetimes().due(looked, AT_ONCE)).forEach(due -> end(due.vm(), looked));
    }

    private void end(String vm, long looked) {
        submit.once(new Asked("", null, new byte[0]), (_, _) -> vm, tx -> {
            Optional<Due> due = tx.placing().lockVm(vm) ? tx.lifetimes().due(looked, vm) : Optional.empty();
            return due.map(one -> ended(tx, one)).orElseGet(() -> nothing(vm));
        });
    }

    private Fresh<String> ended(Tx tx, Due due) {
        Accepted accepted = lifecycles.end(tx, due);
        return new Fresh<>(due.vm(), accepted.job(), null, accepted.decision(), accepted.cancelled());
    }

    private static Fresh<String> nothing(String vm) {
        return new Fresh<>(vm, null, null, Decision.NOTHING, List.of());
    }

    @Override
    public void close() {
        sweep.close();
    }
}
