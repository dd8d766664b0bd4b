package dev.noid.gateway.store;

import dev.noid.schema.api.ChangeVm;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import tools.jackson.databind.json.JsonMapper;

/// Until when VMs are wanted. All moments are the database's: a gateway's own clock is never asked.
public final class Lifetimes {
    private static final String OPEN = """
            EXISTS (SELECT 1 FROM jobs o WHERE o.vm_id = v.id AND o.fate IS NULL)
            """;
    /// Use is noted a tenth of the time later at most, so that a busy VM costs few writes.
    private static final String NOTED = """
            v.used_at > now() - least(interval '5 seconds', v.idle_stop_seconds * interval '100 milliseconds')
            """;
    /// VM `v` can be used without that being noted; asked for each exec.
    static final String NOTHING_TO_NOTE =
            "(v.idle_stop_seconds IS NULL OR " + NOTED + ") AND (v.exec_asked OR NOT v.ephemeral)";
    /// A VM that nothing was asked of yet has a minute: who made it may be waiting for it to run.
    private static final String DUE = """
            SELECT * FROM (
                SELECT v.id, v.tenant_id, v.name, CASE
                    WHEN v.expires_at <= now() THEN 'expired'
                    WHEN v.lease_until <= now() AND :looked >= least(v.lease_seconds, 15) THEN 'lease_over'
                    WHEN v.ephemeral AND (v.exec_asked OR v.used_at < now() - interval '60 seconds') AND NOT %1$s
                    THEN 'execs_over'
                    WHEN v.used_at + v.idle_stop_seconds * interval '1 second' <= now()
                    AND v.observed = 'running' AND v.desired = 'running' AND NOT %1$s THEN 'idle' END AS why
                FROM vms v WHERE v.observed <> 'destroyed' AND v.desired <> 'destroyed'
                AND (v.expires_at IS NOT NULL OR v.lease_until IS NOT NULL OR v.idle_stop_seconds IS NOT NULL OR v.ephemeral)
                %2$s) d
            WHERE why IS NOT NULL
            """;

    private final Handle handle;
    private final JsonMapper json;

    Lifetimes(Handle handle, JsonMapper json) {
        this.handle = handle;
        this.json = json;
    }

    /// Why a VM is to be ended.
    public enum Why {
        EXPIRED,
        LEASE_OVER,
        EXECS_OVER,
        IDLE;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /// A VM whose time is over.
    public record Due(String vm, String tenant, String name, Why why) {}

    /// An exec is asked of this VM.
    public void asked(String vm) {
        handle.createUpdate("UPDATE vms v SET used_at = now(), exec_asked = true WHERE v.id = :vm AND NOT ("
                        + NOTHING_TO_NOTE + ")")
                .bind("vm", vm)
                .execute();
    }

    /// Notes the use of all VMs that have something open. Returns of how many.
    public int noteUse() {
        return handle.createUpdate("""
                        UPDATE vms SET used_at = now() WHERE id IN (
                            SELECT v.id FROM vms v WHERE v.observed <> 'destroyed' AND v.desired <> 'destroyed'
                            AND (v.idle_stop_seconds IS NOT NULL OR v.ephemeral) AND NOT %s AND %s
                            ORDER BY v.id FOR NO KEY UPDATE SKIP LOCKED)
                        """.formatted(NOTED, OPEN)).execute();
    }

    /// @param lookedSeconds for how long this gateway has been looking without a gap: a client that lost it has as long
    ///                      to renew its lease
    public List<Due> due(long lookedSeconds, int limit) {
        return handle.createQuery(DUE.formatted(OPEN, "") + " ORDER BY id LIMIT :limit")
                .bind("looked", lookedSeconds)
                .bind("limit", limit)
                .map((row, _) -> due(row))
                .list();
    }

    /// Whether it still is, once the VM is locked.
    public Optional<Due> due(long lookedSeconds, String vm) {
        return handle.createQuery(DUE.formatted(OPEN, "AND v.id = :vm"))
                .bind("looked", lookedSeconds)
                .bind("vm", vm)
                .map((row, _) -> due(row))
                .findOne();
    }

    /// Returns how many labels it has then. Needs the VM's lock.
    public int change(String vm, ChangeVm change) {
        return handle.createQuery("""
                        UPDATE vms SET
                            expires_at = CASE WHEN :ttl IS NULL THEN expires_at
                                              ELSE now() + nullif(:ttl, 0) * interval '1 second' END,
                            idle_stop_seconds = CASE WHEN :idle IS NULL THEN idle_stop_seconds ELSE nullif(:idle, 0) END,
                            used_at = CASE WHEN :idle IS NULL THEN used_at ELSE now() END,
                            lease_seconds = CASE WHEN :lease IS NULL THEN lease_seconds ELSE nullif(:lease, 0) END,
                            lease_until = CASE WHEN :lease IS NULL THEN lease_until
                                               ELSE now() + nullif(:lease, 0) * interval '1 second' END,
                            labels = CASE WHEN :labels IS NULL THEN labels ELSE nullif(jsonb_strip_nulls(
                                coalesce(labels, '{}') || CAST(:labels AS jsonb)), '{}') END,
                            updated_at = CASE WHEN :ttl IS NULL AND :idle IS NULL AND :labels IS NULL THEN updated_at
                                              ELSE now() END
                        WHERE id = :vm
                        RETURNING (SELECT count(*) FROM jsonb_object_keys(coalesce(labels, '{}')))
                        """)
                .bind("vm", vm)
                .bindByType("ttl", change.ttlSeconds(), Long.class)
                .bindByType("idle", change.idleStopSeconds(), Integer.class)
                .bindByType("lease", change.leaseSeconds(), Integer.class)
                .bind("labels", change.labels() == null ? null : json.writeValueAsString(change.labels()))
                .mapTo(Integer.class)
                .one();
    }

    private static Due due(java.sql.ResultSet row) throws java.sql.SQLException {
        return new Due(
                row.getString("id"),
                row.getString("tenant_id"),
                row.getString("name"),
                Why.valueOf(row.getString("why").toUpperCase(Locale.ROOT)));
    }
}
