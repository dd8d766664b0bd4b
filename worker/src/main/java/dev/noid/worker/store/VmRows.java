package dev.noid.worker.store;

import dev.noid.schema.Transition;
import dev.noid.schema.vm.VmObserved;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/// Rows of VMs, fenced by generation.
public final class VmRows {
    private final Database database;
    private final String host;

    public VmRows(Database database, HostRow host) {
        this.database = database;
        this.host = host.id();
    }

    /// The VMs of this host that are not destroyed.
    public List<VmRow> ofHost() {
        return database.always(handle -> handle.createQuery(
                        "SELECT " + Rows.VM + " FROM vms v WHERE v.host_id = :host AND v.observed <> 'destroyed'")
                .bind("host", host)
                .map((row, _) -> Rows.vm(row))
                .list());
    }

    public Optional<VmRow> find(String vm) {
        return database.soon(handle -> find(handle, vm));
    }

    /// Writes the end of a VM that ended by itself. False when its row says already that it does not run, or that
    /// another generation does.
    public boolean ended(String vm, long generation, VmChange change) {
        return database.always(handle -> change(handle, vm, generation, change, List.of(VmObserved.RUNNING)));
    }

    /// What is the matter with a VM that runs, if anything is. False when nothing changed, or the row says that it does
    /// not run, or that another generation does.
    ///
    /// @param silent how long its guest has not answered; null when it does
    /// @param reason why it stands still, when nobody asked for that; null when it does not
    public boolean health(String vm, long generation, @Nullable Duration silent, @Nullable String reason) {
        return database.statementSoon(handle -> handle.createUpdate("""
                                UPDATE vms SET reason = :reason, updated_at = now(),
                                    unresponsive_since = CASE WHEN CAST(:silent AS double precision) IS NOT NULL
                                        THEN coalesce(unresponsive_since, now() - make_interval(secs => :silent)) END
                                WHERE id = :vm AND generation = :generation AND observed = 'running'
                                    AND (reason IS DISTINCT FROM :reason
                                         OR (unresponsive_since IS NULL) <> (CAST(:silent AS double precision) IS NULL))""")
                        .bind("vm", vm)
                        .bind("generation", generation)
                        .bind("silent", silent == null ? null : Double.valueOf(silent.toMillis() / 1000.0))
                        .bind("reason", reason)
                        .execute()
                == 1);
    }

    static Optional<VmRow> find(Handle handle, String vm) {
        return handle.createQuery("SELECT " + Rows.VM + " FROM vms v WHERE v.id = :vm")
                .bind("vm", vm)
                .map((row, _) -> Rows.vm(row))
                .findOne();
    }

    /// The step from every state that may go there.
    static boolean change(Handle handle, String vm, long generation, VmChange change) {
        List<VmObserved> from = new ArrayList<>(before(change.observed()));
        if (change.raised() != null) {
            from.add(change.observed()); // one process for another: it ran and it runs
        }
        return change(handle, vm, generation, change, from);
    }

    static List<VmObserved> before(VmObserved observed) {
        return VmObserved.TRANSITIONS.stream()
                .filter(step -> step.to() == observed)
                .map(Transition::from)
                .toList();
    }

    private static boolean change(Handle handle, String vm, long generation, VmChange change, List<VmObserved> from) {
        return handle.createUpdate("""
                                UPDATE vms SET observed = :observed, reason = :reason, unresponsive_since = NULL, pid = :pid, boot_id = coalesce(:boot, boot_id), updated_at = now(),
                                    generation = coalesce(:raised, generation),
                                    desired = CASE WHEN desired = 'destroyed' THEN desired ELSE coalesce(:desired, desired) END
                                WHERE id = :vm AND generation = :generation AND observed = ANY (:from)""")
                        .bind("vm", vm)
                        .bind("generation", generation)
                        .bind("observed", change.observed().toString())
                        .bind("desired", Rows.nameOf(change.desired()))
                        .bind("reason", change.reason())
                        .bind("pid", change.pid())
                        .bind("boot", change.bootId())
                        .bind("raised", change.raised())
                        .bind("from", from.stream().map(Object::toString).toArray(String[]::new))
                        .execute()
                == 1;
    }
}
