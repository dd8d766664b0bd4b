package dev.noid.gateway.store;

import java.util.List;
import org.jdbi.v3.core.Handle;

/// The statements that give a waiting job its place. Each is a compare-and-set on `queued`, so a decision made twice
/// changes nothing.
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
                FROM jobs s WHERE s.vm_id = r.id AND s.fate IS NULL AND s.kind IN ('start', 'restore')
                AND s.state IN ('placed', 'running', 'cancelling')) o
            WHERE r.host_id = h.id AND r.id <> %s AND r.observed <> 'destroyed'
            """;
    /// Host `h` is kept for somebody else: a larger create, start or restore that could have its place there
    /// has waited for 30 s, and was passed by smaller ones long enough. Not for one that waits for its turn and
    /// not for room.
    private static final String KEPT = """
            EXISTS (SELECT 1 FROM jobs w JOIN vms wv ON wv.id = w.vm_id
                    LEFT JOIN checkpoints wc ON wc.id = w.spec ->> 'checkpoint'
                    WHERE w.waits AND w.state = 'queued' AND w.kind IN ('create', 'start', 'restore')
                    AND w.seq < need.seq
                    AND w.created_at < now() - interval '30 seconds'
                    AND wv.memory_mib > need.memory_mib AND wv.memory_mib <= h.memory_mib
                    AND CASE WHEN w.kind IN ('start', 'restore') THEN wv.host_id = h.id
                             WHEN wc.id IS NOT NULL THEN wc.state = 'complete' AND wc.host_id = h.id
                             ELSE EXISTS (SELECT 1 FROM images wi WHERE wi.host_id = h.id AND wi.digest = wv.image) END
                    AND NOT EXISTS (SELECT 1 FROM jobs o WHERE o.vm_id = w.vm_id AND o.fate IS NULL AND o.kind <> 'exec' AND o.id <> w.id
                                    AND (o.state IN ('placed', 'running', 'cancelling', 'retry_wait')
                                         OR (o.state = 'queued' AND o.seq < w.seq))))
            """;
    /// Each may be 300 KiB, and all that are placed together are held until they are sent.
    public static final int EXECS_AT_ONCE = 20;

    /// Any number that nothing else locks.
    private static final long ROOM_LOCK = 0x6e6f69640001L;

    private final Handle handle;

    Placing(Handle handle) {
        this.handle = handle;
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

    /// Onto the host with the most room among those that beat, have the image and fit; a retry goes elsewhere when
    /// it can. What goes on from a checkpoint goes where that is. Needs [#lockRoom].
    public boolean placeCreate(String job) {
        return handle.createUpdate("""
                        WITH need AS (
                            SELECT v.id, v.memory_mib, v.image, v.host_id, j.attempt, j.seq,
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
                            AND least(h.memory_mib, h.backed_mib) - reserved_mib >= need.memory_mib AND NOT %s
                            ORDER BY h.id IS NOT DISTINCT FROM need.host_id, least(h.memory_mib, h.backed_mib) - reserved_mib DESC LIMIT 1),
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
                            SELECT v.id, v.memory_mib, v.host_id, j.seq FROM jobs j JOIN vms v ON v.id = j.vm_id
                            WHERE j.id = :job AND j.state = 'queued' AND v.observed IN ('stopped', 'failed')),
                        chosen AS (
                            SELECT h.id FROM need JOIN hosts h ON h.id = need.host_id
                            CROSS JOIN LATERAL (%s) reserved
                            WHERE h.last_beat_at > now() - interval '10 seconds'
                            AND least(h.memory_mib, h.backed_mib) - reserved_mib >= need.memory_mib AND NOT %s),
                        vm AS (
                            UPDATE vms SET generation = generation + 1, updated_at = now(),
                                   desired = CASE WHEN desired = 'destroyed' OR EXISTS (
                                                      SELECT 1 FROM jobs s WHERE s.vm_id = need.id AND s.fate IS NULL AND s.kind = 'stop'
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
    public boolean placeCheckpoint(Queue.Next next, String vm) {
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
    public boolean placeRestore(Queue.Next next, String vm) {
        boolean placed = handle.createUpdate("""
                        WITH need AS (
                            SELECT v.id, v.memory_mib, v.host_id, v.generation, v.observed, j.seq
                            FROM jobs j JOIN vms v ON v.id = j.vm_id
                            WHERE j.id = :job AND j.state = 'queued' AND v.observed <> 'destroyed'),
                        chosen AS (
                            SELECT h.id, need.generation, need.observed FROM need JOIN hosts h ON h.id = need.host_id
                            CROSS JOIN LATERAL (%s) reserved
                            WHERE h.last_beat_at > now() - interval '10 seconds'
                            AND least(h.memory_mib, h.backed_mib) - reserved_mib >= need.memory_mib AND NOT %s)
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
                            SELECT q.id FROM jobs q WHERE q.vm_id = :vm AND q.fate IS NULL AND q.kind = 'exec'
                            AND q.state = 'queued' ORDER BY q.seq LIMIT :most FOR UPDATE SKIP LOCKED)
                        AND NOT EXISTS (SELECT 1 FROM jobs o WHERE o.vm_id = :vm AND o.kind IN ('create', 'start', 'restore')
                                        AND o.fate IS NULL)
                        RETURNING j.id
                        """)
                .bind("vm", vm)
                .bind("most", EXECS_AT_ONCE)
                .mapTo(String.class)
                .list();
    }
}
