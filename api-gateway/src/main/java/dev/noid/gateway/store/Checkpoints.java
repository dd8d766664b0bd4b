package dev.noid.gateway.store;

import dev.noid.schema.api.Checkpoint;
import dev.noid.schema.api.CheckpointPolicy;
import dev.noid.schema.checkpoint.CheckpointState;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.Query;
import org.jspecify.annotations.Nullable;

/// Checkpoints, as people name and see them, and the rows that jobs begin with.
public final class Checkpoints {
    private static final String VIEW = """
            SELECT c.*, h.name AS host_name, COALESCE(h.last_beat_at < now() - interval '30 seconds', false) AS host_gone,
                   COALESCE((SELECT min(i.name) FROM images i WHERE i.digest = c.image), c.image) AS image_name,
                   COALESCE(v.checkpoint_id = c.id AND v.observed <> 'destroyed', false) AS current
            FROM checkpoints c JOIN vms v ON v.id = c.vm_id LEFT JOIN hosts h ON h.id = c.host_id
            WHERE c.tenant_id = :tenant
            """;

    private final Handle handle;

    Checkpoints(Handle handle) {
        this.handle = handle;
    }

    /// Whoever adds to a tenant's trees or takes from them does so alone, until the transaction ends. To be taken
    /// before any row: what is then seen of parents, labels and use stays true.
    public void lockTrees(String tenant) {
        handle.createQuery("SELECT pg_advisory_xact_lock(hashtextextended('checkpoints ' || :tenant, 0)) IS NULL")
                .bind("tenant", tenant)
                .mapTo(Boolean.class)
                .one();
    }

    /// In any state, also removed.
    public Optional<CheckpointRow> find(String tenant, String id) {
        return handle.createQuery(VIEW + " AND c.id = :id")
                .bind("tenant", tenant)
                .bind("id", id)
                .map((row, _) -> checkpoint(row))
                .findOne();
    }

    /// Those that can be meant by the beginning of an id, newest first.
    public List<CheckpointRow> beginningWith(String tenant, String prefix, int limit) {
        return handle.createQuery(VIEW + """
                         AND starts_with(c.id, :prefix) AND c.state IN ('pending', 'complete')
                        ORDER BY c.id DESC LIMIT :limit
                        """)
                .bind("tenant", tenant)
                .bind("prefix", prefix)
                .bind("limit", limit)
                .map((row, _) -> checkpoint(row))
                .list();
    }

    public Optional<CheckpointRow> labelled(String tenant, String vmId, String label) {
        return handle.createQuery(
                        VIEW + " AND c.vm_id = :vm AND c.label = :label AND c.state IN ('pending', 'complete')")
                .bind("tenant", tenant)
                .bind("vm", vmId)
                .bind("label", label)
                .map((row, _) -> checkpoint(row))
                .findOne();
    }

    /// The newest complete one of the VM that somebody asked for.
    public Optional<CheckpointRow> newest(String tenant, String vmId) {
        return handle.createQuery(VIEW + """
                         AND c.vm_id = :vm AND c.state = 'complete' AND NOT c.automatic ORDER BY c.seq DESC LIMIT 1
                        """)
                .bind("tenant", tenant)
                .bind("vm", vmId)
                .map((row, _) -> checkpoint(row))
                .findOne();
    }

    /// The complete ones, newest first.
    ///
    /// @param vm name or id; null is all
    public List<CheckpointRow> list(String tenant, @Nullable String vm, @Nullable String beforeId, int limit) {
        String part = "SELECT id FROM checkpoints WHERE tenant_id = :tenant AND state = 'complete'"
                + Page.beyond("id < :cursor", beforeId) + " %s ORDER BY id DESC LIMIT " + limit;
        String ids = vm == null
                ? part.formatted("")
                : "(" + part.formatted("AND vm_name = :vm") + ") UNION (" + part.formatted("AND vm_id = :vm") + ")";
        Query query = handle.createQuery(VIEW + " AND c.id IN (" + ids + ") ORDER BY c.id DESC LIMIT " + limit)
                .bind("tenant", tenant);
        return Page.at(beforeId, vm == null ? query : query.bind("vm", vm))
                .map((row, _) -> checkpoint(row))
                .list();
    }

    /// Id of the VM of that name whose checkpoints are meant: the one that is there, else the newest of those that are
    /// not and have left some.
    public Optional<String> vmNamed(String tenant, String name) {
        return handle.createQuery("""
                        SELECT id FROM (
                            SELECT id, 1 AS there FROM vms
                            WHERE tenant_id = :tenant AND name = :name AND observed <> 'destroyed'
                            UNION ALL
                            (SELECT vm_id, 0 FROM checkpoints
                             WHERE tenant_id = :tenant AND vm_name = :name AND state = 'complete'
                             ORDER BY seq DESC LIMIT 1)) AS named
                        ORDER BY there DESC LIMIT 1
                        """)
                .bind("tenant", tenant)
                .bind("name", name)
                .mapTo(String.class)
                .findOne();
    }

    /// Like [#vmNamed], or the id itself of a VM that is or was there.
    public Optional<String> vmMeant(String tenant, String nameOrId) {
        return vmNamed(tenant, nameOrId)
                .or(() -> handle.createQuery("SELECT id FROM vms WHERE tenant_id = :tenant AND id = :id")
                        .bind("tenant", tenant)
                        .bind("id", nameOrId)
                        .mapTo(String.class)
                        .findOne());
    }

    /// The intent: a pending one of the VM as it is. False when the label is taken. Needs [#lockTrees].
    public boolean insert(String id, String vmId, @Nullable String label, boolean pinned, boolean automatic) {
        return handle.createUpdate("""
                        INSERT INTO checkpoints (id, tenant_id, vm_id, vm_name, parent_id, label, pinned, automatic,
                                                 host_id, image, memory_mib, cpus, disk_mib)
                        SELECT :id, tenant_id, id, name, checkpoint_id, :label, :pinned, :automatic,
                               host_id, image, memory_mib, cpus, disk_mib FROM vms WHERE id = :vm
                        ON CONFLICT (vm_id, label) WHERE label IS NOT NULL AND state IN ('pending', 'complete') DO NOTHING
                        """)
                        .bind("id", id)
                        .bind("vm", vmId)
                        .bind("label", label)
                        .bind("pinned", pinned)
                        .bind("automatic", automatic)
                        .execute()
                == 1;
    }

    /// Its job's turn has come: only now its parent and host are certain. One that is not to be made after all,
    /// because the VM does not run, is over.
    void placed(String id, String vmId) {
        handle.createUpdate("""
                        UPDATE checkpoints c SET parent_id = v.checkpoint_id, host_id = v.host_id,
                               state = CASE WHEN v.observed = 'running' THEN c.state ELSE 'failed' END
                        FROM vms v WHERE v.id = :vm AND c.id = :id AND c.state = 'pending'
                        """).bind("vm", vmId).bind("id", id).execute();
    }

    /// What these jobs were to make comes to nothing: they ended before a worker had them.
    void failThoseOf(Collection<String> jobs) {
        handle.createUpdate("""
                        UPDATE checkpoints SET state = 'failed' WHERE state = 'pending' AND id IN (
                            SELECT CASE WHEN kind = 'checkpoint' THEN spec ->> 'checkpoint' ELSE spec ->> 'keep' END
                            FROM jobs WHERE id = ANY(:jobs) AND kind IN ('checkpoint', 'restore'))
                        """).bindArray("jobs", String.class, jobs).execute();
    }

    public void pin(String id, boolean pinned) {
        handle.createUpdate("UPDATE checkpoints SET pinned = :pinned WHERE id = :id")
                .bind("pinned", pinned)
                .bind("id", id)
                .execute();
    }

    /// Needs [#lockTrees], and that the label is free.
    public void label(String id, @Nullable String label) {
        handle.createUpdate("UPDATE checkpoints SET label = :label WHERE id = :id")
                .bind("label", label)
                .bind("id", id)
                .execute();
    }

    public CheckpointPolicy policy(String vmId) {
        return handle.createQuery("SELECT keep_last, max_age_seconds, max_bytes FROM vms WHERE id = :vm")
                .bind("vm", vmId)
                .map((row, _) -> new CheckpointPolicy(
                        row.getObject("keep_last", Integer.class),
                        row.getObject("max_age_seconds", Long.class),
                        row.getObject("max_bytes", Long.class),
                        null))
                .one();
    }

    public void policy(String vmId, CheckpointPolicy policy) {
        handle.createUpdate("""
                        UPDATE vms SET keep_last = :last, max_age_seconds = :age, max_bytes = :bytes, updated_at = now()
                        WHERE id = :vm
                        """)
                .bind("last", policy.keepLast())
                .bind("age", policy.maxAgeSeconds())
                .bind("bytes", policy.maxBytes())
                .bind("vm", vmId)
                .execute();
    }

    private static CheckpointRow checkpoint(ResultSet row) throws SQLException {
        Checkpoint view = new Checkpoint(
                row.getString("id"),
                row.getString("vm_name"),
                row.getString("vm_id"),
                row.getString("parent_id"),
                row.getString("label"),
                row.getBoolean("pinned"),
                row.getBoolean("automatic"),
                row.getBoolean("current"),
                CheckpointState.valueOf(row.getString("state").toUpperCase(Locale.ROOT)),
                row.getString("image_name"),
                row.getInt("memory_mib"),
                row.getInt("cpus"),
                row.getInt("disk_mib"),
                row.getString("host_name"),
                row.getObject("pause_millis", Double.class),
                row.getObject("total_millis", Double.class),
                row.getObject("size_bytes", Long.class),
                row.getObject("created_at", OffsetDateTime.class).toInstant(),
                instant(row, "completed_at"));
        return new CheckpointRow(view, row.getString("image"), row.getString("host_id"), row.getBoolean("host_gone"));
    }

    private static @Nullable Instant instant(ResultSet row, String column) throws SQLException {
        OffsetDateTime time = row.getObject(column, OffsetDateTime.class);
        return time == null ? null : time.toInstant();
    }
}
