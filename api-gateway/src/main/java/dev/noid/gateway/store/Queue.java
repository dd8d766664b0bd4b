package dev.noid.gateway.store;

import dev.noid.schema.checkpoint.CheckpointState;
import dev.noid.schema.job.JobKind;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/// What waits for its place, and whose turn it is. The order of one VM's jobs is that of `seq`, which no clock decides.
public final class Queue {
    private final Handle handle;

    Queue(Handle handle) {
        this.handle = handle;
    }

    /// A VM with something queued.
    ///
    /// @param room where its create, start or restore wants room: the digest of an image that hosts have, or the
    /// one host that has its files; a checkpoint that is not complete yet is a place of its own; null when it needs
    /// none
    /// @param overdue waits for that long that smaller ones are held back for it
    public record Waiting(String vm, @Nullable String room, int memoryMib, boolean overdue) {}

    /// @param from       of a create: where the checkpoint is that it goes on from; null when it begins with its image
    /// @param checkpoint id of the one it is to make, of a checkpoint or restore
    public record Next(
            String job,
            JobKind kind,
            @Nullable CheckpointState from,
            @Nullable String checkpoint) {}

    /// Who needs no room first; then fair: tenants with the fewest VMs, then age. What a VM needs is what the job
    /// needs whose turn it is. Of those who want as much memory in the same room only the first are in the list,
    /// and the first of each size before the second of any: however many wait for the same, smaller ones may pass
    /// them. Not in it is a VM that is being made, started or put back right now: nothing else has its turn there.
    ///
    /// @param ofSize at most so many of one size for one room
    public List<Waiting> waiting(int limit, int ofSize) {
        return handle.createQuery("""
                        WITH q AS (
                            SELECT vm_id, tenant_id, min(seq) AS first, min(created_at) AS since,
                                   (array_agg(kind ORDER BY kind = 'destroy' DESC, seq) FILTER (WHERE kind <> 'exec'))[1]
                                       AS turn,
                                   min(spec ->> 'checkpoint') FILTER (WHERE kind = 'create') AS checkpoint
                            FROM jobs WHERE waits AND state = 'queued' GROUP BY vm_id, tenant_id),
                        tenants AS (
                            SELECT t.tenant_id, (
                                SELECT count(*) FROM vms r WHERE r.tenant_id = t.tenant_id AND r.host_id IS NOT NULL
                                AND r.observed IN ('pending', 'starting', 'running', 'paused', 'stopping')) AS vms
                            FROM (SELECT DISTINCT tenant_id FROM q) t),
                        wanted AS (
                            SELECT q.vm_id, v.memory_mib, q.first, tenants.vms,
                                   CASE WHEN q.turn = 'create' AND q.checkpoint IS NULL THEN v.image
                                        WHEN q.turn = 'create' AND c.state = 'complete' THEN c.host_id
                                        WHEN q.turn = 'create' THEN q.checkpoint
                                        WHEN q.turn IN ('start', 'restore') THEN v.host_id END AS room,
                                   q.since < now() - interval '30 seconds' AS overdue
                            FROM q JOIN tenants ON tenants.tenant_id = q.tenant_id
                            JOIN vms v ON v.id = q.vm_id LEFT JOIN checkpoints c ON c.id = q.checkpoint
                            WHERE NOT EXISTS (SELECT 1 FROM jobs o WHERE o.vm_id = q.vm_id AND o.fate IS NULL
                                              AND o.kind IN ('create', 'start', 'restore')
                                              AND o.state IN ('placed', 'running', 'cancelling'))),
                        ranked AS (
                            SELECT *, row_number() OVER (PARTITION BY room, memory_mib ORDER BY vms, first) AS rank
                            FROM wanted),
                        heads AS (
                            SELECT * FROM ranked WHERE room IS NULL OR rank <= :of_size
                            ORDER BY room IS NOT NULL, rank, vms, first LIMIT :limit)
                        SELECT vm_id, memory_mib, room, overdue FROM heads ORDER BY room IS NOT NULL, vms, first
                        """)
                .bind("limit", limit)
                .bind("of_size", ofSize)
                .map((row, _) -> new Waiting(
                        row.getString("vm_id"),
                        row.getString("room"),
                        row.getInt("memory_mib"),
                        row.getBoolean("overdue")))
                .list();
    }

    /// Whether another create, start or restore waits for room; all of them came before this job. One that waits
    /// for its checkpoint does not.
    public boolean roomWaitedFor(String job) {
        return handle.createQuery("""
                        SELECT EXISTS (SELECT 1 FROM jobs w WHERE waits AND state = 'queued' AND kind IN ('create', 'start', 'restore')
                                       AND id <> :job
                                       AND NOT EXISTS (SELECT 1 FROM checkpoints c WHERE c.id = w.spec ->> 'checkpoint'
                                                       AND c.state = 'pending'))
                        """).bind("job", job).mapTo(Boolean.class).one();
    }

    public List<String> retriesDue() {
        return handle.createQuery("""
                        UPDATE jobs SET state = 'queued', retry_at = NULL WHERE id IN (
                            SELECT id FROM jobs WHERE waits AND state = 'retry_wait' AND retry_at <= now()
                            ORDER BY seq LIMIT 100 FOR UPDATE SKIP LOCKED) RETURNING id
                        """).mapTo(String.class).list();
    }

    /// The lifecycle job whose turn it is: none while another one is open, a destroy first, else the oldest.
    public Optional<Next> nextLifecycle(String vm) {
        return handle.createQuery("""
                        SELECT j.id, j.kind, c.state AS source,
                               CASE j.kind WHEN 'checkpoint' THEN j.spec ->> 'checkpoint'
                                           WHEN 'restore' THEN j.spec ->> 'keep' END AS made
                        FROM jobs j LEFT JOIN checkpoints c ON j.kind = 'create' AND c.id = j.spec ->> 'checkpoint'
                        WHERE j.vm_id = :vm AND j.fate IS NULL AND j.kind <> 'exec' AND j.state = 'queued'
                        AND NOT EXISTS (SELECT 1 FROM jobs o WHERE o.vm_id = :vm AND o.fate IS NULL AND o.kind <> 'exec' AND o.id <> j.id
                                        AND (o.state IN ('placed', 'running', 'cancelling')
                                             OR (o.state = 'retry_wait' AND j.kind <> 'destroy')))
                        ORDER BY j.kind = 'destroy' DESC, j.seq LIMIT 1
                        """)
                .bind("vm", vm)
                .map((row, _) -> new Next(
                        row.getString("id"),
                        JobKind.valueOf(row.getString("kind").toUpperCase(Locale.ROOT)),
                        checkpointState(row.getString("source")),
                        row.getString("made")))
                .findOne();
    }

    /// Queued jobs of a VM that nothing will ever come to: it does not run and no start is open. Not the destroy,
    /// and not what waits for its turn.
    public List<String> hopeless(String vm) {
        return handle.createQuery("""
                        SELECT j.id FROM jobs j JOIN vms v ON v.id = j.vm_id
                        WHERE j.vm_id = :vm AND j.fate IS NULL AND j.state = 'queued'
                        AND ((j.kind = 'exec' AND NOT (v.observed = 'running' AND v.desired = 'running'))
                             OR (j.kind IN ('start', 'stop', 'checkpoint', 'restore') AND v.observed = 'destroyed'))
                        AND NOT EXISTS (SELECT 1 FROM jobs o WHERE o.vm_id = :vm
                                        AND o.kind IN ('create', 'start', 'restore')
                                        AND o.id <> j.id AND v.observed <> 'destroyed' AND o.fate IS NULL)
                        """).bind("vm", vm).mapTo(String.class).list();
    }

    private static @Nullable CheckpointState checkpointState(@Nullable String name) {
        return name == null ? null : CheckpointState.valueOf(name.toUpperCase(Locale.ROOT));
    }
}
