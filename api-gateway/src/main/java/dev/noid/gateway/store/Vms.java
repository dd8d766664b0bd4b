package dev.noid.gateway.store;

import dev.noid.schema.ExecId;
import dev.noid.schema.api.LogEnd;
import dev.noid.schema.api.Vm;
import dev.noid.schema.job.JobSpec.Shape;
import dev.noid.schema.record.Output;
import dev.noid.schema.vm.VmDesired;
import dev.noid.schema.vm.VmObserved;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/// VMs, as people ask for them.
public final class Vms {
    private static final String WHY =
            "coalesce(v.reason, CASE WHEN v.observed IN ('stopping', 'stopped') THEN v.stop_reason END)";
    private static final String VIEW = """
            SELECT v.*, h.name AS host, h.engine, h.isolation, %s AS why,
                   COALESCE((SELECT min(i.name) FROM images i WHERE i.digest = v.image), v.image) AS image_name
            FROM vms v LEFT JOIN hosts h ON h.id = v.host_id
            WHERE v.tenant_id = :tenant AND v.observed <> 'destroyed'
            """.formatted(WHY);
    private static final String ROW = """
            SELECT v.*, %s AS why, EXISTS (SELECT 1 FROM jobs o WHERE o.vm_id = v.id AND o.fate IS NULL
                                AND o.kind IN ('create', 'start', 'restore')) AS open_start,
                   COALESCE(h.last_beat_at < now() - interval '30 seconds', false) AS host_gone,
                   h.memory_mib AS host_memory
            FROM vms v LEFT JOIN hosts h ON h.id = v.host_id
            """.formatted(WHY);

    private final Handle handle;
    private final JsonMapper json;

    Vms(Handle handle, JsonMapper json) {
        this.handle = handle;
        this.json = json;
    }

    public List<Vm> list(String tenant, LabelFilter labels, @Nullable String afterId, int limit) {
        String where = labels.ofColumn("v.labels") + Page.beyond("v.id > :cursor", afterId);
        return Page.at(afterId, labels.bind(handle.createQuery(VIEW + where + " ORDER BY v.id LIMIT " + limit)))
                .bind("tenant", tenant)
                .map((row, _) -> vm(row))
                .list();
    }

    public Optional<Vm> find(String tenant, String name) {
        return handle.createQuery(VIEW + " AND v.name = :name")
                .bind("tenant", tenant)
                .bind("name", name)
                .map((row, _) -> vm(row))
                .findOne();
    }

    public Optional<VmRow> row(String tenant, String name) {
        return handle.createQuery(ROW + " WHERE v.tenant_id = :tenant AND v.name = :name AND v.observed <> 'destroyed'")
                .bind("tenant", tenant)
                .bind("name", name)
                .map((row, _) -> row(row))
                .findOne();
    }

    /// Where a log begins: that VM was made, or last put back before that generation, by the newest job of these.
    ///
    /// @param log of a VM that has or had this name; null for that of the VM as it is now
    public Optional<LogRow> log(String tenant, String name, @Nullable ExecId log) {
        String which = log == null ? "v.observed <> 'destroyed'" : "v.id = :vm AND v.generation >= :generation";
        return handle.createQuery("""
                        SELECT v.id, v.partition, v.observed, v.generation AS now, g.wanted,
                               v.updated_at > now() - interval '5 seconds' AS just_now,
                               (SELECT a.output_offset FROM jobs j JOIN attempts a ON a.job_id = j.id AND a.attempt = j.attempt
                                WHERE j.vm_id = v.id AND j.kind IN ('create', 'restore') AND j.state = 'succeeded'
                                AND (j.kind = 'create' OR a.generation < g.wanted)
                                ORDER BY j.seq DESC LIMIT 1) AS output_offset
                        FROM vms v CROSS JOIN LATERAL (SELECT coalesce(:generation, v.generation) AS wanted) g
                        WHERE v.tenant_id = :tenant AND v.name = :name AND\s""" + which)
                .bind("tenant", tenant)
                .bind("name", name)
                .bind("vm", log == null ? null : log.job())
                .bind("generation", log == null ? null : Long.valueOf(log.attempt()))
                .map((row, _) -> {
                    long offset = row.getLong("output_offset");
                    boolean none = row.wasNull();
                    LogEnd end = row.getLong("now") > row.getLong("wanted") ? LogEnd.REPLACED : end(observed(row));
                    return new LogRow(
                            Output.log(row.getString("id"), row.getLong("wanted")),
                            row.getInt("partition"),
                            none ? null : offset,
                            end,
                            end != null && row.getBoolean("just_now"));
                })
                .findOne();
    }

    private static @Nullable LogEnd end(VmObserved observed) {
        return switch (observed) {
            // One that is being stopped may still write for as long as it has grace.
            case PENDING, STARTING, RUNNING, PAUSED, STOPPING -> null;
            case STOPPED, FAILED, DESTROYED -> LogEnd.STOPPED;
        };
    }

    /// Like [#row], and nobody else changes the VM's lifecycle until this transaction ends.
    public Optional<VmRow> lock(String tenant, String name) {
        // The lock first, in a statement of its own: what is read after it is what is true under it. Not of the key:
        // inserts of execs, which refer to it, go on.
        handle.createQuery("""
                        SELECT id FROM vms WHERE tenant_id = :tenant AND name = :name AND observed <> 'destroyed'
                        FOR NO KEY UPDATE
                        """)
                .bind("tenant", tenant)
                .bind("name", name)
                .mapTo(String.class)
                .findOne();
        return row(tenant, name);
    }

    /// False when a VM of that name is there already.
    public boolean insert(NewVm vm) {
        Lifetime lifetime = vm.lifetime();
        return handle.createUpdate("""
                        INSERT INTO vms (id, tenant_id, name, desired, observed, image, memory_mib, cpus, disk_mib, partition,
                                         checkpoint_id, expires_at, idle_stop_seconds, lease_seconds, lease_until, ephemeral,
                                         labels)
                        VALUES (:id, :tenant, :name, 'running', 'pending', :image, :memory, :cpus, :disk, :partition,
                                :checkpoint, now() + :ttl * interval '1 second', :idle, :lease,
                                now() + :lease * interval '1 second', :ephemeral, CAST(:labels AS jsonb))
                        ON CONFLICT (tenant_id, name) WHERE observed <> 'destroyed' DO NOTHING
                        """)
                        .bind("id", vm.id())
                        .bind("tenant", vm.tenant())
                        .bind("name", vm.name())
                        .bind("image", vm.image())
                        .bind("memory", vm.shape().memoryMib())
                        .bind("cpus", vm.shape().cpus())
                        .bind("disk", vm.shape().diskMib())
                        .bind("partition", vm.partition())
                        .bind("checkpoint", vm.checkpoint())
                        .bindByType("ttl", lifetime.ttlSeconds(), Long.class)
                        .bindByType("idle", lifetime.idleStopSeconds(), Integer.class)
                        .bindByType("lease", lifetime.leaseSeconds(), Integer.class)
                        .bind("ephemeral", lifetime.ephemeral())
                        .bind("labels", LabelColumn.written(json, vm.labels()))
                        .execute()
                == 1;
    }

    public Set<String> namesBeginningWith(String tenant, String prefix) {
        return handle.createQuery("""
                        SELECT name FROM vms WHERE tenant_id = :tenant AND starts_with(name, :prefix)
                        AND observed <> 'destroyed'
                        """)
                .bind("tenant", tenant)
                .bind("prefix", prefix)
                .mapTo(String.class)
                .set();
    }

    public void desire(String id, VmDesired desired) {
        desire(id, desired, null);
    }

    /// @param reason when nobody asked for it
    public void desire(String id, VmDesired desired, @Nullable String reason) {
        handle.createUpdate("""
                        UPDATE vms SET desired = :desired, stop_reason = :reason, used_at = now(), updated_at = now()
                        WHERE id = :id
                        """)
                .bind("desired", desired.toString())
                .bind("reason", reason)
                .bind("id", id)
                .execute();
    }

    /// A restore that would have made it run was taken back: unless something else makes it run, it is meant to
    /// be what it was.
    public void wishBack(String id) {
        handle.createUpdate("""
                        UPDATE vms SET desired = 'stopped', updated_at = now() WHERE id = :id AND desired = 'running'
                        AND NOT EXISTS (SELECT 1 FROM jobs o WHERE o.vm_id = :id AND o.fate IS NULL
                                        AND o.kind IN ('create', 'start', 'restore'))
                        AND (observed IN ('stopping', 'stopped', 'failed')
                             OR EXISTS (SELECT 1 FROM jobs o WHERE o.vm_id = :id AND o.fate IS NULL
                                        AND o.kind = 'stop'))
                        """).bind("id", id).execute();
    }

    /// A VM that no host has: there is nothing to take down. False when a host has it or may have it.
    public boolean destroyUntouched(String id) {
        return handle.createUpdate("""
                        UPDATE vms SET desired = 'destroyed', observed = 'destroyed', updated_at = now()
                        WHERE id = :id AND observed = 'pending'
                        """).bind("id", id).execute() == 1;
    }

    private Vm vm(ResultSet row) throws SQLException {
        long pid = row.getLong("pid");
        boolean hasPid = !row.wasNull();
        int idle = row.getInt("idle_stop_seconds");
        boolean stopsIdle = !row.wasNull();
        OffsetDateTime unresponsive = row.getObject("unresponsive_since", OffsetDateTime.class);
        return new Vm(
                row.getString("id"),
                row.getString("name"),
                desired(row),
                observed(row),
                row.getString("why"),
                unresponsive == null ? null : unresponsive.toInstant(),
                row.getLong("generation"),
                row.getString("image_name"),
                row.getInt("memory_mib"),
                row.getInt("cpus"),
                row.getInt("disk_mib"),
                row.getString("host"),
                row.getString("engine"),
                row.getString("isolation"),
                hasPid ? pid : null,
                row.getString("checkpoint_id"),
                LabelColumn.read(json, row.getString("labels")),
                instant(row, "expires_at"),
                instant(row, "lease_until"),
                stopsIdle ? idle : null,
                row.getBoolean("ephemeral") ? true : null,
                row.getObject("created_at", OffsetDateTime.class).toInstant(),
                row.getObject("updated_at", OffsetDateTime.class).toInstant());
    }

    private static VmRow row(ResultSet row) throws SQLException {
        return new VmRow(
                row.getString("id"),
                row.getString("name"),
                desired(row),
                observed(row),
                row.getString("why"),
                row.getString("host_id"),
                row.getString("image"),
                new Shape(row.getInt("memory_mib"), row.getInt("cpus"), row.getInt("disk_mib")),
                row.getBoolean("open_start"),
                row.getBoolean("host_gone"),
                row.getInt("host_memory"));
    }

    private static @Nullable Instant instant(ResultSet row, String column) throws SQLException {
        OffsetDateTime time = row.getObject(column, OffsetDateTime.class);
        return time == null ? null : time.toInstant();
    }

    private static VmDesired desired(ResultSet row) throws SQLException {
        return VmDesired.valueOf(row.getString("desired").toUpperCase(Locale.ROOT));
    }

    private static VmObserved observed(ResultSet row) throws SQLException {
        return VmObserved.valueOf(row.getString("observed").toUpperCase(Locale.ROOT));
    }
}
