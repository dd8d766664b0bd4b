package dev.noid.gateway.store;

import dev.noid.schema.checkpoint.CheckpointState;
import dev.noid.schema.job.JobKind;
import dev.noid.schema.job.JobSpec;
import dev.noid.schema.job.JobState;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/// The statements that decide where and when a waiting job runs. Each is a compare-and-set on `queued`, so a
/// decision made twice changes nothing.
public final class Placing {
    /// Memory of host `h` that is spoken for, not counting VM `%s`. A stopped VM holds none, a start that is placed
    /// does: counting it by `desired` instead would let two waiting starts hold each other up for ever. While a VM
    /// that runs is put back to a checkpoint its old and its new VMM are there side by side.
    static final String RESERVED = """
            SELECT COALESCE(sum(CASE
                       WHEN r.observed IN ('running', 'paused', 'stopping') AND o.restore THEN 2 * r.memory_mib
                       WHEN r.observed IN ('pending', 'starting', 'running', 'paused', 'stopping')
                            OR o.restore OR o.start THEN r.memory_mib
                       ELSE 0 END), 0) AS reserved_mib
            FROM vms r CROSS JOIN LATERAL (
                SELECT COALESCE(bool_or(s.kind = 'restore'), false) AS restore,
                       COALESCE(bool_or(s.kind = 'start'), false) AS start
                FROM jobs s WHERE s.vm_id = r.id AND s.kind IN ('start', 'restore')
                AND s.state IN ('placed', 'running', 'cancelling')) o
            WHERE r.host_id = h.id AND r.id <> %s AND r.observed <> 'destroyed'
            """;
    /// Host `h` is kept for somebody else: a larger create, start or restore that could have its place there
    /// has waited for 30 s, and was passed by smaller ones long enough. Not for one that waits for its turn and
    /// not for room.
    private static final String KEPT = """
            EXISTS (SELECT 1 FROM jobs w JOIN vms wv ON wv.id = w.vm_id
                    LEFT JOIN checkpoints wc ON wc.id = w.spec ->> 'checkpoint'
                    WHERE w.state = 'queued' AND w.kind IN ('create', 'start', 'restore') AND w.id < :job
                    AND w.created_at < now() - interval '30 seconds'
                    AND wv.memory_mib > need.memory_mib AND wv.memory_mib <= h.memory_mib
                    AND CASE WHEN w.kind IN ('start', 'restore') THEN wv.host_id = h.id
                             WHEN wc.id IS NOT NULL THEN wc.state = 'complete' AND wc.host_id = h.id
                             ELSE EXISTS (SELECT 1 FROM images wi WHERE wi.host_id = h.id AND wi.digest = wv.image) END
                    AND NOT EXISTS (SELECT 1 FROM jobs o WHERE o.vm_id = w.vm_id AND o.kind <> 'exec' AND o.id <> w.id
                                    AND (o.state IN ('placed', 'running', 'cancelling', 'retry_wait')
                                         OR (o.state = 'queued' AND o.id < w.id))))
            """;
    private static final String AGE = """
            CAST(extract(epoch FROM now() - CASE WHEN j.state = 'cancelling' THEN j.cancel_requested_at
                                                 ELSE j.placed_at END) * 1000 AS bigint)
            """;
    private static final String OUTGOING = """
            SELECT j.id, j.attempt, j.state, j.tenant_id, j.vm_id, j.generation, j.spec, v.partition, h.id AS host,
                   h.command_partition
            FROM jobs j JOIN vms v ON v.id = j.vm_id JOIN hosts h ON h.id = j.host_id
            WHERE j.state IN ('placed', 'cancelling')
            """;
    /// Each may be 300 KiB, and all that are placed together are held until they are sent.
    public static final int EXECS_AT_ONCE = 20;

    /// More than a worker runs and lets wait in one VM, so that each of these has its command repeated.
    private static final int OPEN_OF_VM = 256;

    /// Any number that nothing else locks.
    private static final long ROOM_LOCK = 0x6e6f69640001L;

    private final Handle handle;
    private final JsonMapper json;

    Placing(Handle handle, JsonMapper json) {
        this.handle = handle;
        this.json = json;
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
    /// needs whose turn it is. Those who want one room are a part of the list at most, or they would be all of it.
    public List<Waiting> waiting(int limit) {
        return handle.createQuery("""
                        WITH q AS (
                            SELECT vm_id, tenant_id, min(id) AS first, min(created_at) AS since,
                                   (array_agg(kind ORDER BY kind = 'destroy' DESC, id) FILTER (WHERE kind <> 'exec'))[1]
                                       AS turn,
                                   min(spec ->> 'checkpoint') FILTER (WHERE kind = 'create') AS checkpoint
                            FROM jobs WHERE state = 'queued' GROUP BY vm_id, tenant_id),
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
                            JOIN vms v ON v.id = q.vm_id LEFT JOIN checkpoints c ON c.id = q.checkpoint),
                        ranked AS (
                            SELECT *, row_number() OVER (PARTITION BY room ORDER BY vms, first) AS rank FROM wanted)
                        SELECT vm_id, memory_mib, room, overdue FROM ranked WHERE room IS NULL OR rank <= :of_room
                        ORDER BY room IS NOT NULL, vms, first LIMIT :limit
                        """)
                .bind("limit", limit)
                .bind("of_room", Math.max(1, limit / 4))
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
                        SELECT EXISTS (SELECT 1 FROM jobs w WHERE state = 'queued' AND kind IN ('create', 'start', 'restore')
                                       AND id <> :job
                                       AND NOT EXISTS (SELECT 1 FROM checkpoints c WHERE c.id = w.spec ->> 'checkpoint'
                                                       AND c.state = 'pending'))
                        """).bind("job", job).mapTo(Boolean.class).one();
    }

    /// False when another gateway is deciding about this VM right now, or it is not there.
    public boolean lockVm(String vm) {
        return handle.createQuery("SELECT id FROM vms WHERE id = :vm FOR NO KEY UPDATE SKIP LOCKED")
                .bind("vm", vm)
                .mapTo(String.class)
                .findOne()
                .isPresent();
    }

    /// One decision about room at a time, in all gateways, until the transaction ends. The next statement has a
    /// new snapshot, so it sees every reservation made before. One statement that locks a host and sums up could
    /// not: it would sum by the snapshot from before it waited.
    public void lockRoom() {
        handle.createQuery("SELECT pg_advisory_xact_lock(:lock) IS NULL")
                .bind("lock", ROOM_LOCK)
                .mapTo(Boolean.class)
                .one();
    }

    public List<String> retriesDue() {
        return handle.createQuery("""
                        UPDATE jobs SET state = 'queued', retry_at = NULL WHERE id IN (
                            SELECT id FROM jobs WHERE state = 'retry_wait' AND retry_at <= now()
                            ORDER BY id LIMIT 100 FOR UPDATE SKIP LOCKED) RETURNING id
                        """).mapTo(String.class).list();
    }

    /// The lifecycle job whose turn it is: none while another one is open, a destroy first, else the oldest.
    public Optional<Next> nextLifecycle(String vm) {
        return handle.createQuery("""
                        SELECT j.id, j.kind, c.state AS source,
                               CASE j.kind WHEN 'checkpoint' THEN j.spec ->> 'checkpoint'
                                           WHEN 'restore' THEN j.spec ->> 'keep' END AS made
                        FROM jobs j LEFT JOIN checkpoints c ON j.kind = 'create' AND c.id = j.spec ->> 'checkpoint'
                        WHERE j.vm_id = :vm AND j.kind <> 'exec' AND j.state = 'queued'
                        AND NOT EXISTS (SELECT 1 FROM jobs o WHERE o.vm_id = :vm AND o.kind <> 'exec' AND o.id <> j.id
                                        AND (o.state IN ('placed', 'running', 'cancelling')
                                             OR (o.state = 'retry_wait' AND j.kind <> 'destroy')))
                        ORDER BY j.kind = 'destroy' DESC, j.id LIMIT 1
                        """)
                .bind("vm", vm)
                .map((row, _) -> new Next(
                        row.getString("id"),
                        JobKind.valueOf(row.getString("kind").toUpperCase(Locale.ROOT)),
                        checkpointState(row.getString("source")),
                        row.getString("made")))
                .findOne();
    }

    /// Onto the host with the most room among those that beat, have the image and fit; a retry goes elsewhere when
    /// it can. What goes on from a checkpoint goes where that is. Needs [#lockRoom].
    public boolean placeCreate(String job) {
        return handle.createUpdate("""
                        WITH need AS (
                            SELECT v.id, v.memory_mib, v.image, v.host_id, j.attempt,
                                   j.spec ->> 'checkpoint' AS checkpoint
                            FROM jobs j JOIN vms v ON v.id = j.vm_id
                            WHERE j.id = :job AND j.state = 'queued' AND v.observed = 'pending'),
                        chosen AS (
                            SELECT h.id FROM need CROSS JOIN hosts h CROSS JOIN LATERAL (%s) reserved
                            WHERE h.last_beat_at > now() - interval '10 seconds'
                            AND CASE WHEN need.checkpoint IS NULL
                                     THEN EXISTS (SELECT 1 FROM images i WHERE i.host_id = h.id AND i.digest = need.image)
                                     ELSE EXISTS (SELECT 1 FROM checkpoints c WHERE c.id = need.checkpoint
                                                  AND c.host_id = h.id AND c.state = 'complete') END
                            AND h.memory_mib - reserved_mib >= need.memory_mib AND NOT %s
                            ORDER BY h.id IS NOT DISTINCT FROM need.host_id, h.memory_mib - reserved_mib DESC LIMIT 1),
                        vm AS (
                            UPDATE vms SET host_id = chosen.id, updated_at = now(),
                                   generation = generation + CASE WHEN need.attempt > 0 THEN 1 ELSE 0 END
                            FROM need, chosen WHERE vms.id = need.id RETURNING vms.host_id, vms.generation)
                        UPDATE jobs SET state = 'placed', host_id = vm.host_id, generation = vm.generation,
                               attempt = attempt + 1, placed_at = now()
                        FROM vm WHERE jobs.id = :job AND jobs.state = 'queued'
                        """.formatted(RESERVED.formatted("need.id"), KEPT))
                        .bind("job", job)
                        .execute()
                == 1;
    }

    /// Of a VM that does not run, on its own host, as a new generation. Needs [#lockRoom]. It is meant to run from
    /// here on: the stop before this may have ended after this was asked for, and then said otherwise.
    public boolean placeStart(String job) {
        return handle.createUpdate("""
                        WITH need AS (
                            SELECT v.id, v.memory_mib, v.host_id FROM jobs j JOIN vms v ON v.id = j.vm_id
                            WHERE j.id = :job AND j.state = 'queued' AND v.observed IN ('stopped', 'failed')),
                        chosen AS (
                            SELECT h.id FROM need JOIN hosts h ON h.id = need.host_id
                            CROSS JOIN LATERAL (%s) reserved
                            WHERE h.last_beat_at > now() - interval '10 seconds'
                            AND h.memory_mib - reserved_mib >= need.memory_mib AND NOT %s),
                        vm AS (
                            UPDATE vms SET generation = generation + 1, updated_at = now(),
                                   desired = CASE WHEN desired = 'destroyed' OR EXISTS (
                                                      SELECT 1 FROM jobs s WHERE s.vm_id = need.id AND s.kind = 'stop'
                                                      AND s.state = 'queued') THEN desired ELSE 'running' END
                            FROM need, chosen WHERE vms.id = need.id RETURNING vms.host_id, vms.generation)
                        UPDATE jobs SET state = 'placed', host_id = vm.host_id, generation = vm.generation,
                               attempt = attempt + 1, placed_at = now()
                        FROM vm WHERE jobs.id = :job AND jobs.state = 'queued'
                        """.formatted(RESERVED.formatted("need.id"), KEPT))
                        .bind("job", job)
                        .execute()
                == 1;
    }

    /// Whether there is nothing for a start to do.
    public boolean runs(String vm) {
        return handle.createQuery(
                        "SELECT EXISTS (SELECT 1 FROM vms WHERE id = :vm AND observed IN ('running', 'paused'))")
                .bind("vm", vm)
                .mapTo(Boolean.class)
                .one();
    }

    /// A checkpoint of a VM that runs, where it runs. The VM's place in its tree is certain from here on: no other
    /// lifecycle job is open.
    public boolean placeCheckpoint(Next next, String vm) {
        boolean placed = handle.createUpdate("""
                        UPDATE jobs j SET state = 'placed', host_id = v.host_id, generation = v.generation,
                               attempt = j.attempt + 1, placed_at = now()
                        FROM vms v WHERE v.id = j.vm_id AND j.id = :job AND j.state = 'queued'
                        AND v.host_id IS NOT NULL AND v.observed = 'running'
                        """).bind("job", next.job()).execute() == 1;
        if (placed && next.checkpoint() != null) {
            new Checkpoints(handle).placed(next.checkpoint(), vm);
        }
        return placed;
    }

    /// On the VM's own host, when that has room for one more of its size: the old VMM stays until the new one
    /// runs. The generation is the old one's, because that one it is until then. Needs [#lockRoom].
    public boolean placeRestore(Next next, String vm) {
        boolean placed = handle.createUpdate("""
                        WITH need AS (
                            SELECT v.id, v.memory_mib, v.host_id, v.generation, v.observed
                            FROM jobs j JOIN vms v ON v.id = j.vm_id
                            WHERE j.id = :job AND j.state = 'queued' AND v.observed <> 'destroyed'),
                        chosen AS (
                            SELECT h.id, need.generation, need.observed FROM need JOIN hosts h ON h.id = need.host_id
                            CROSS JOIN LATERAL (%s) reserved
                            WHERE h.last_beat_at > now() - interval '10 seconds'
                            AND h.memory_mib - reserved_mib >= need.memory_mib AND NOT %s)
                        UPDATE jobs SET state = 'placed', host_id = chosen.id, generation = chosen.generation,
                               attempt = attempt + 1, placed_at = now(),
                               spec = CASE WHEN chosen.observed = 'running' THEN spec ELSE spec - 'keep' END
                        FROM chosen WHERE jobs.id = :job AND jobs.state = 'queued'
                        """.formatted(RESERVED.formatted("''"), KEPT))
                        .bind("job", next.job())
                        .execute()
                == 1;
        if (placed && next.checkpoint() != null) {
            new Checkpoints(handle).placed(next.checkpoint(), vm);
        }
        return placed;
    }

    /// Whether the VM runs on a host that can never hold a second one of its size beside it.
    public boolean tooLargeToRestore(String vm) {
        return handle.createQuery("""
                        SELECT EXISTS (SELECT 1 FROM vms v JOIN hosts h ON h.id = v.host_id WHERE v.id = :vm
                                       AND v.observed = 'running' AND 2 * v.memory_mib > h.memory_mib)
                        """).bind("vm", vm).mapTo(Boolean.class).one();
    }

    /// A stop or destroy: where the VM is.
    public boolean placeOnItsHost(String job) {
        return handle.createUpdate("""
                        UPDATE jobs j SET state = 'placed', host_id = v.host_id, generation = v.generation,
                               attempt = j.attempt + 1, placed_at = now()
                        FROM vms v WHERE v.id = j.vm_id AND j.id = :job AND j.state = 'queued'
                        AND v.host_id IS NOT NULL AND v.observed <> 'destroyed'
                        """).bind("job", job).execute() == 1;
    }

    /// Execs of the VM that waited for it to run, at most [#EXECS_AT_ONCE]. Returns the ids.
    public List<String> placeExecs(String vm) {
        return handle.createQuery("""
                        UPDATE jobs j SET state = 'placed', host_id = v.host_id, generation = v.generation,
                               attempt = j.attempt + 1, placed_at = now()
                        FROM vms v WHERE v.id = :vm AND v.observed = 'running' AND v.desired = 'running'
                        AND v.host_id IS NOT NULL AND j.id IN (
                            SELECT q.id FROM jobs q WHERE q.vm_id = :vm AND q.kind = 'exec' AND q.state = 'queued'
                            ORDER BY q.id LIMIT :most FOR UPDATE SKIP LOCKED)
                        AND NOT EXISTS (SELECT 1 FROM jobs o WHERE o.vm_id = :vm AND o.kind IN ('create', 'start', 'restore')
                                        AND o.state IN ('queued', 'placed', 'running', 'cancelling', 'retry_wait'))
                        RETURNING j.id
                        """)
                .bind("vm", vm)
                .bind("most", EXECS_AT_ONCE)
                .mapTo(String.class)
                .list();
    }

    /// Queued jobs of a VM that nothing will ever come to: it does not run and no start is open. Not the destroy,
    /// and not what waits for its turn.
    public List<String> hopeless(String vm) {
        return handle.createQuery("""
                        SELECT j.id FROM jobs j JOIN vms v ON v.id = j.vm_id
                        WHERE j.vm_id = :vm AND j.state = 'queued'
                        AND ((j.kind = 'exec' AND NOT (v.observed = 'running' AND v.desired = 'running'))
                             OR (j.kind IN ('start', 'stop', 'checkpoint', 'restore') AND v.observed = 'destroyed'))
                        AND NOT EXISTS (SELECT 1 FROM jobs o WHERE o.vm_id = :vm
                                        AND o.kind IN ('create', 'start', 'restore')
                                        AND o.id <> j.id AND v.observed <> 'destroyed'
                                        AND o.state IN ('queued', 'placed', 'running', 'cancelling', 'retry_wait'))
                        """).bind("vm", vm).mapTo(String.class).list();
    }

    /// What workers have to hear of, of these jobs.
    public List<Outgoing> outgoing(Collection<String> jobs) {
        return handle.createQuery(OUTGOING + " AND j.id = ANY(:jobs)")
                .bindArray("jobs", String.class, jobs)
                .map((row, _) -> outgoing(row))
                .list();
    }

    /// All that workers have to hear of, oldest first, without their specs: those can be 300 KiB each. What is for
    /// hosts that do not beat comes last, or it would in time fill the whole list: they read their rows when they
    /// are back. Of one VM no more than its worker could take, for the same reason.
    public List<OpenRow> open(int limit) {
        return handle.createQuery("""
                        SELECT id, attempt, state, age FROM (
                            SELECT j.id, j.attempt, j.state, j.placed_at, %s AS age,
                                   h.last_beat_at < now() - interval '30 seconds' AS away,
                                   row_number() OVER (PARTITION BY j.vm_id ORDER BY j.placed_at, j.id) AS rank
                            FROM jobs j JOIN hosts h ON h.id = j.host_id
                            WHERE j.state IN ('placed', 'cancelling')) o
                        WHERE rank <= :of_vm ORDER BY away, placed_at LIMIT :limit
                        """.formatted(AGE))
                .bind("limit", limit)
                .bind("of_vm", OPEN_OF_VM)
                .map((row, _) -> new OpenRow(
                        row.getString("id"),
                        row.getInt("attempt"),
                        JobState.valueOf(row.getString("state").toUpperCase(Locale.ROOT)),
                        row.getLong("age")))
                .list();
    }

    private static @Nullable CheckpointState checkpointState(@Nullable String name) {
        return name == null ? null : CheckpointState.valueOf(name.toUpperCase(Locale.ROOT));
    }

    private Outgoing outgoing(java.sql.ResultSet row) throws java.sql.SQLException {
        return new Outgoing(
                row.getString("id"),
                row.getInt("attempt"),
                JobState.valueOf(row.getString("state").toUpperCase(Locale.ROOT)),
                row.getString("tenant_id"),
                row.getString("vm_id"),
                row.getLong("generation"),
                row.getInt("partition"),
                row.getString("host"),
                row.getInt("command_partition"),
                json.readValue(row.getString("spec"), JobSpec.class));
    }
}
