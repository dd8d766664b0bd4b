package dev.noid.gateway.store;

import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jdbi.v3.core.Handle;

/// What of a VM's checkpoints may go, and its going. All of it needs [Checkpoints#lockTrees].
public final class Removals {
    /// An open job of anybody goes on from checkpoint `c`.
    private static final String IN_USE = """
            EXISTS (SELECT 1 FROM jobs j WHERE j.spec ->> 'checkpoint' = c.id
                    AND j.kind IN ('create', 'checkpoint', 'restore') AND j.fate IS NULL)
            """;

    /// Of each that goes, the nearest ancestor that stays.
    private static final String NEAREST = """
            WITH RECURSIVE up (id, ancestor) AS (
                SELECT id, parent_id FROM checkpoints WHERE id = ANY(:going)
                UNION ALL
                SELECT up.id, c.parent_id FROM up JOIN checkpoints c ON c.id = up.ancestor
                WHERE up.ancestor = ANY(:going)),
            nearest AS (SELECT id, ancestor FROM up WHERE ancestor IS NULL OR NOT ancestor = ANY(:going))
            """;

    private final Handle handle;

    Removals(Handle handle) {
        this.handle = handle;
    }

    /// A complete checkpoint.
    ///
    /// @param ageSeconds by the database's clock
    /// @param current    its VM runs on from it
    public record Candidate(String id, long ageSeconds, boolean pinned, boolean current, boolean inUse) {}

    /// VMs for which something may have to go, because of a policy or because they were destroyed with their
    /// checkpoints.
    public List<String> vmsToLookAt() {
        return handle.createQuery("""
                        SELECT v.id FROM vms v
                        WHERE (keep_last IS NOT NULL OR max_age_seconds IS NOT NULL OR max_bytes IS NOT NULL
                               OR checkpoints_unwanted)
                        AND EXISTS (SELECT 1 FROM checkpoints c WHERE c.vm_id = v.id AND c.state = 'complete')
                        """).mapTo(String.class).list();
    }

    /// The VM's tenant, when there is anything to look at.
    public Optional<String> tenant(String vm) {
        return handle.createQuery("""
                        SELECT tenant_id FROM vms WHERE id = :vm
                        AND (keep_last IS NOT NULL OR max_age_seconds IS NOT NULL OR max_bytes IS NOT NULL
                             OR checkpoints_unwanted)
                        """).bind("vm", vm).mapTo(String.class).findOne();
    }

    public boolean unwanted(String vm) {
        return handle.createQuery("SELECT checkpoints_unwanted FROM vms WHERE id = :vm")
                .bind("vm", vm)
                .mapTo(Boolean.class)
                .one();
    }

    public void wantNoMore(String vm) {
        handle.createUpdate("UPDATE vms SET checkpoints_unwanted = true WHERE id = :vm")
                .bind("vm", vm)
                .execute();
    }

    /// The VM's complete ones, newest first.
    public List<Candidate> candidates(String vm) {
        return handle.createQuery("""
                        SELECT c.id, CAST(extract(epoch FROM now() - c.created_at) AS bigint) AS age, c.pinned,
                               COALESCE(v.checkpoint_id = c.id AND v.observed <> 'destroyed', false) AS current,
                               %s AS in_use
                        FROM checkpoints c JOIN vms v ON v.id = c.vm_id
                        WHERE c.vm_id = :vm AND c.state = 'complete' ORDER BY c.seq DESC
                        """.formatted(IN_USE))
                .bind("vm", vm)
                .map((row, _) -> new Candidate(
                        row.getString("id"),
                        row.getLong("age"),
                        row.getBoolean("pinned"),
                        row.getBoolean("current"),
                        row.getBoolean("in_use")))
                .list();
    }

    /// What the VM's complete checkpoints are made of: checkpoint to file to allocated bytes. A file that several have
    /// has one name in all.
    public Map<String, Map<String, Long>> files(String vm) {
        Map<String, Map<String, Long>> files = new HashMap<>();
        handle.createQuery(CheckpointSpace.FILES + " AND c.vm_id = :vm AND c.state = 'complete'")
                .bind("vm", vm)
                .map((row, _) -> files.computeIfAbsent(row.getString("id"), _ -> new HashMap<>())
                        .put(row.getString("file"), row.getLong("bytes")))
                .list();
        return files;
    }

    public boolean inUse(String checkpoint) {
        return handle.createQuery("SELECT " + IN_USE + " FROM checkpoints c WHERE c.id = :id")
                .bind("id", checkpoint)
                .mapTo(Boolean.class)
                .one();
    }

    /// Takes complete ones out of their trees: what came from them comes from their nearest ancestor that stays, and
    /// their host removes the files. Returns those that go; they go together or not at all.
    public List<String> remove(Collection<String> checkpoints) {
        if (checkpoints.isEmpty()) {
            return List.of();
        }
        // The VMs first: whoever is about to add a child holds its VM, so that child is seen by the next statement.
        handle.createUpdate(NEAREST
                        + "UPDATE vms SET checkpoint_id = ancestor FROM nearest WHERE vms.checkpoint_id = nearest.id")
                .bindArray("going", String.class, checkpoints)
                .execute();
        handle.createUpdate(NEAREST + """
                        UPDATE checkpoints c SET parent_id = ancestor FROM nearest
                        WHERE c.parent_id = nearest.id AND c.state <> 'removed'
                        """)
                .bindArray("going", String.class, checkpoints)
                .execute();
        return handle.createQuery(
                        "UPDATE checkpoints SET state = 'removing' WHERE id = ANY(:going) AND state = 'complete' RETURNING id")
                .bindArray("going", String.class, checkpoints)
                .mapTo(String.class)
                .list();
    }

    /// Removed or failed ones whose rows are too old or too many, oldest first. Nothing can go on from these any more.
    ///
    /// @param days 0 for none that is too old
    /// @param most 0 for none that is too many
    public List<String> old(String tenant, int days, long most, int rows) {
        return handle.createQuery("""
                        SELECT c.id FROM checkpoints c
                        WHERE c.tenant_id = :tenant AND c.state IN ('removed', 'failed')
                        AND COALESCE(c.removed_at, c.created_at) < now() - interval '1 hour'
                        AND ((:days > 0 AND COALESCE(c.removed_at, c.created_at) < now() - make_interval(days => :days))
                             OR (:most > 0 AND c.seq <= (
                                 SELECT n.seq FROM checkpoints n
                                 WHERE n.tenant_id = :tenant AND n.state IN ('removed', 'failed')
                                 ORDER BY n.seq DESC OFFSET :most LIMIT 1)))
                        AND NOT EXISTS (SELECT 1 FROM vms v WHERE v.checkpoint_id = c.id) AND NOT %s
                        ORDER BY c.seq LIMIT %d
                        """.formatted(IN_USE, rows))
                .bind("tenant", tenant)
                .bind("days", days)
                .bind("most", most)
                .mapTo(String.class)
                .list();
    }

    /// With their VMs where those are destroyed and nothing else is left of them. What came from them comes from their
    /// nearest ancestor whose row stays. Returns how many went.
    public int forget(Collection<String> checkpoints) {
        OldJobs.noWait(handle);
        handle.createUpdate(NEAREST
                        + "UPDATE checkpoints c SET parent_id = ancestor FROM nearest WHERE c.parent_id = nearest.id")
                .bindArray("going", String.class, checkpoints)
                .execute();
        List<String> vms = handle.createQuery("""
                        DELETE FROM checkpoints WHERE id = ANY(:going) AND state IN ('removed', 'failed') RETURNING vm_id
                        """)
                .bindArray("going", String.class, checkpoints)
                .mapTo(String.class)
                .list();
        OldJobs.forgetVms(handle, vms);
        return vms.size();
    }
}
