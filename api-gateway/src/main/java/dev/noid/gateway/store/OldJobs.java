package dev.noid.gateway.store;

import dev.noid.schema.job.JobState;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jdbi.v3.core.Handle;

/// Jobs that are over, from the oldest on, and their going.
public final class OldJobs {
    /// States that are final.
    public static final List<String> FATES = Arrays.stream(JobState.values())
            .filter(JobState::terminal)
            .map(JobState::toString)
            .toList();
    /// Jobs that are counted at a time.
    public static final int SLICE = 10_000;

    /// One that somebody may need still: its end was not told yet, or it ended within the hour and is being read, or
    /// the log of a VM that is there begins with it.
    private static final String NEEDED = """
            (j.ended_at > now() - interval '1 hour'
             OR EXISTS (SELECT 1 FROM attempts a WHERE a.job_id = j.id AND NOT a.event_sent)
             OR (j.kind IN ('create', 'restore') AND j.fate = 'succeeded'
                 AND EXISTS (SELECT 1 FROM vms v WHERE v.id = j.vm_id AND v.observed <> 'destroyed')
                 AND NOT EXISTS (SELECT 1 FROM jobs n WHERE n.vm_id = j.vm_id AND n.seq > j.seq
                                 AND n.kind IN ('create', 'restore') AND n.fate = 'succeeded')))
            """;

    private final Handle handle;

    OldJobs(Handle handle) {
        this.handle = handle;
    }

    /// @param going ids of those that may go
    /// @param last  place of the last one looked at
    /// @param atEnd none behind it is old
    public record Walk(List<String> going, long last, boolean atEnd) {}

    private record Step(String id, long seq, boolean old, boolean young) {}

    public List<String> tenants() {
        return handle.createQuery("SELECT id FROM tenants ORDER BY id")
                .mapTo(String.class)
                .list();
    }

    /// The place of the job that is so many back, of all fates; empty when there are fewer. Each walk has its own end,
    /// or the planner would sort all there are.
    public OptionalLong back(String tenant, long before, int count) {
        String walks = FATES.stream()
                .map(fate -> "(SELECT seq FROM jobs WHERE tenant_id = :tenant AND fate = '" + fate
                        + "' AND seq < :before ORDER BY seq DESC LIMIT " + count + ")")
                .collect(Collectors.joining(" UNION ALL "));
        Optional<Long> found = handle.createQuery(
                        "SELECT seq FROM (" + walks + ") walks ORDER BY seq DESC OFFSET " + (count - 1) + " LIMIT 1")
                .bind("tenant", tenant)
                .bind("before", before)
                .mapTo(Long.class)
                .findOne();
        return found.map(OptionalLong::of).orElse(OptionalLong.empty());
    }

    /// The next ones behind that place.
    ///
    /// @param keptFrom those before this place are too many
    /// @param days     those that ended earlier are too old; 0 for none
    public Walk walk(String tenant, String fate, long after, long keptFrom, int days, int rows) {
        List<Step> steps = handle.createQuery("""
                        SELECT j.id, j.seq, COALESCE(j.seq < :kept_from
                               OR (:days > 0 AND j.ended_at < now() - make_interval(days => :days)), false) AS old,
                               %s AS needed,
                               j.seq >= :kept_from
                               AND (:days = 0 OR j.created_at >= now() - make_interval(days => :days)) AS young
                        FROM jobs j WHERE j.tenant_id = :tenant AND j.fate = '%s' AND j.seq > :after
                        ORDER BY j.seq LIMIT %d
                        """.formatted(NEEDED, fate, rows))
                .bind("tenant", tenant)
                .bind("after", after)
                .bind("kept_from", keptFrom)
                .bind("days", days)
                .map((row, _) -> new Step(
                        row.getString("id"),
                        row.getLong("seq"),
                        row.getBoolean("old") && !row.getBoolean("needed"),
                        row.getBoolean("young")))
                .list();
        return new Walk(
                steps.stream().filter(Step::old).map(Step::id).toList(),
                steps.isEmpty() ? after : steps.getLast().seq(),
                steps.size() < rows || steps.getLast().young());
    }

    /// With their attempts, and with their VMs where those are destroyed and nothing else is left of them. Returns how
    /// many went.
    public int forget(Collection<String> jobs) {
        noWait(handle);
        handle.createUpdate("DELETE FROM attempts WHERE job_id = ANY(:jobs) AND event_sent")
                .bindArray("jobs", String.class, jobs)
                .execute();
        List<String> vms = handle.createQuery("""
                        DELETE FROM jobs j WHERE j.id = ANY(:jobs) AND j.fate IS NOT NULL
                        AND NOT EXISTS (SELECT 1 FROM attempts a WHERE a.job_id = j.id) RETURNING j.vm_id
                        """)
                .bindArray("jobs", String.class, jobs)
                .mapTo(String.class)
                .list();
        forgetVms(handle, vms);
        return vms.size();
    }

    /// What is lost with a server that dies is forgotten again.
    static void noWait(Handle handle) {
        handle.createQuery("SELECT set_config('synchronous_commit', 'off', true)")
                .mapTo(String.class)
                .one();
    }

    /// Those of these that are destroyed and have neither job nor checkpoint.
    static void forgetVms(Handle handle, Collection<String> vms) {
        List<String> destroyed = handle.createQuery(
                        "SELECT id FROM vms WHERE id = ANY(:vms) AND observed = 'destroyed' ORDER BY id FOR UPDATE")
                .bindArray("vms", String.class, List.copyOf(new TreeSet<>(vms)))
                .mapTo(String.class)
                .list();
        // A statement of its own: it sees what was there when the rows were locked, and nothing can be added since.
        if (!destroyed.isEmpty()) {
            handle.createUpdate("""
                            DELETE FROM vms v WHERE v.id = ANY(:vms)
                            AND NOT EXISTS (SELECT 1 FROM jobs j WHERE j.vm_id = v.id)
                            AND NOT EXISTS (SELECT 1 FROM checkpoints c WHERE c.vm_id = v.id)
                            """).bindArray("vms", String.class, destroyed).execute();
        }
    }
}
