package dev.noid.gateway.store;

import dev.noid.schema.job.JobSpec;
import dev.noid.schema.job.JobState;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import org.jdbi.v3.core.Handle;
import tools.jackson.databind.ObjectWriter;
import tools.jackson.databind.json.JsonMapper;

/// Execs in VMs that run, placed as they are inserted: any number of them in one statement.
public final class NewExecs {
    private final Handle handle;
    private final JsonMapper mapper;
    private final ObjectWriter json;

    NewExecs(Handle handle, JsonMapper json) {
        this.handle = handle;
        this.mapper = json;
        this.json = json.writerFor(JobSpec.class);
    }

    /// One that is there now, and what its worker has to hear.
    public record Placed(JobRow row, Outgoing outgoing) {}

    /// Each in its place; empty where it can't be done so simply, and nothing was done: the VM does not run or its
    /// use is to be noted, or the key was there before.
    public List<Optional<Placed>> place(List<NewExec> asked) {
        Map<String, NewExec> byJob = new HashMap<>();
        asked.forEach(one -> byJob.put(one.job(), one));
        Map<String, Placed> placed = new HashMap<>();
        handle.createQuery("""
                        WITH asked AS (
                            SELECT * FROM unnest(:jobs, :tenants, :names, :specs, :labels, :keys, :fingerprints)
                                AS a (job, tenant, name, spec, labels, key, fingerprint)),
                        fit AS (
                            SELECT a.*, v.id AS vm_id, v.generation, v.partition, v.checkpoint_id, v.host_id, h.command_partition
                            FROM asked a
                            JOIN vms v ON v.tenant_id = a.tenant AND v.name = a.name AND v.observed <> 'destroyed'
                            JOIN hosts h ON h.id = v.host_id
                            WHERE v.observed = 'running' AND v.desired = 'running' AND %s
                            AND NOT EXISTS (SELECT 1 FROM jobs o WHERE o.vm_id = v.id AND o.fate IS NULL
                                            AND o.kind IN ('create', 'start', 'restore'))),
                        keyed AS (
                            INSERT INTO idempotency_keys (tenant_id, key, fingerprint, job_id)
                            SELECT tenant, key, decode(fingerprint, 'hex'), job FROM fit WHERE key IS NOT NULL
                            ON CONFLICT DO NOTHING RETURNING job_id),
                        made AS (
                            INSERT INTO jobs (id, tenant_id, vm_id, kind, state, spec, labels, attempt, host_id, generation, placed_at)
                            SELECT job, tenant, vm_id, 'exec', 'placed', CAST(spec AS jsonb), CAST(labels AS jsonb), 1, host_id, generation, now()
                            FROM fit WHERE key IS NULL OR job IN (SELECT job_id FROM keyed)
                            RETURNING id, created_at, placed_at)
                        SELECT m.id, m.created_at, m.placed_at, f.vm_id, f.generation, f.partition, f.checkpoint_id, f.host_id,
                               f.command_partition
                        FROM made m JOIN fit f ON f.job = m.id
                        """.formatted(Lifetimes.NOTHING_TO_NOTE))
                .bindArray("jobs", String.class, all(asked, NewExec::job))
                .bindArray("tenants", String.class, all(asked, NewExec::tenant))
                .bindArray("names", String.class, all(asked, NewExec::vm))
                .bindArray("specs", String.class, all(asked, one -> json.writeValueAsString(one.spec())))
                .bindArray(
                        "labels",
                        String.class,
                        asked.stream()
                                .map(one -> LabelColumn.written(mapper, one.labels()))
                                .toArray())
                .bindArray(
                        "keys", String.class, asked.stream().map(NewExec::key).toArray())
                .bindArray("fingerprints", String.class, all(asked, one -> HexFormat.of()
                        .formatHex(one.fingerprint())))
                .map((row, _) -> placed(row, Objects.requireNonNull(byJob.get(row.getString("id")))))
                .forEach(one -> placed.put(one.row().id(), one));
        return asked.stream()
                .map(one -> Optional.ofNullable(placed.get(one.job())))
                .toList();
    }

    private static List<String> all(List<NewExec> asked, Function<NewExec, String> part) {
        return asked.stream().map(part).toList();
    }

    private static Placed placed(ResultSet row, NewExec asked) throws SQLException {
        JobRow job = new JobRow(
                asked.job(),
                asked.vm(),
                row.getString("vm_id"),
                asked.spec(),
                JobState.PLACED,
                1,
                row.getString("host_id"),
                null,
                null,
                null,
                row.getString("checkpoint_id"),
                row.getInt("partition"),
                null,
                asked.labels(),
                instant(row, "created_at"),
                instant(row, "placed_at"),
                null,
                null);
        Outgoing outgoing = new Outgoing(
                asked.job(),
                1,
                JobState.PLACED,
                asked.tenant(),
                job.vmId(),
                row.getLong("generation"),
                job.partition(),
                row.getString("host_id"),
                row.getInt("command_partition"),
                asked.spec());
        return new Placed(job, outgoing);
    }

    private static Instant instant(ResultSet row, String column) throws SQLException {
        return row.getObject(column, OffsetDateTime.class).toInstant();
    }
}
