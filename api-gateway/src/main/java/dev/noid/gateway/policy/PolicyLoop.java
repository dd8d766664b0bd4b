package dev.noid.gateway.policy;

import dev.noid.gateway.store.Database;
import dev.noid.gateway.store.VmSweep;
import java.time.Duration;
import java.util.List;

/// Applies the policies of VMs: at once where an event says that a job of theirs is over, and of all every minute, for
/// what only time makes too old and for events that were lost.
public final class PolicyLoop implements AutoCloseable {
    private static final Duration SWEEP = Duration.ofMinutes(1);

    private final Database database;
    private final Policies policies;
    private final VmSweep sweep;

    public PolicyLoop(Database database, Policies policies, Runnable onDeath) {
        this.database = database;
        this.policies = policies;
        this.sweep = new VmSweep("policies", SWEEP, this::apply, this::applyAll, onDeath);
    }

    public void start() {
        sweep.start();
    }

    /// A lifecycle job of this VM is over.
    public void look(String vm) {
        sweep.look(vm);
    }

    private void applyAll() {
        database.read(tx -> tx.removals().vmsToLookAt()).forEach(this::apply);
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
        sweep.close();
    }
}
