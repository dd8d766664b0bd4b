package dev.noid.worker.store;

import java.util.List;
import java.util.Optional;
import java.util.Set;

/// What this host has to do, as the rows say.
public final class WorkRows {
    static final String UNFINISHED =
            "SELECT a.job_id, a.attempt, j.spec, j.state, a.generation AS attempt_generation, a.start_id, a.boot_id, a.output_offset, a.outcome, CAST(EXTRACT(epoch FROM now() - a.claimed_at) * 1000 AS bigint) AS age_millis, "
                    + Rows.VM
                    + """

                     FROM attempts a JOIN jobs j ON j.id = a.job_id JOIN vms v ON v.id = j.vm_id
                     WHERE a.host_id = :host AND NOT a.event_sent""";
    private static final String NOT_JUST_ENDED =
            " AND NOT (a.start_id = :start AND coalesce(a.ended_at, '-infinity') > now() - interval '5 seconds')";
    /// Read at once. There may be thousands, some with 100 KiB of stdin, and the gateway repeats all their commands.
    private static final int UNCLAIMED_MOST = 64;

    static final String UNCLAIMED =
            "SELECT j.id AS job_id, j.attempt, j.spec, j.state, coalesce(j.generation, v.generation) AS job_generation, "
                    + Rows.VM
                    + """

                     FROM jobs j JOIN vms v ON v.id = j.vm_id
                     WHERE j.host_id = :host AND j.fate IS NULL AND j.state IN ('placed', 'cancelling')
                       AND NOT EXISTS (SELECT 1 FROM attempts a WHERE a.job_id = j.id AND a.attempt = j.attempt)""";

    private final Database database;
    private final String host;
    private final String start;
    private final Rows rows = new Rows();

    public WorkRows(Database database, HostRow host) {
        this.database = database;
        this.host = host.id();
        this.start = host.startId();
    }

    /// Claimed and running, or ended with the event not sent: of this process not what ended just now, for which that
    /// is about to be written.
    ///
    /// @param butNot jobs that are being done
    public List<Unfinished> unfinished(Set<String> butNot) {
        return database.always(handle -> handle.createQuery(
                        UNFINISHED + NOT_JUST_ENDED + " AND NOT a.job_id = ANY (:but_not) ORDER BY j.seq")
                .bind("host", host)
                .bind("start", start)
                .bind("but_not", butNot.toArray(String[]::new))
                .map((row, _) -> rows.unfinished(row))
                .list());
    }

    /// Placed here and not claimed, as if their commands had just come: what changes VMs first, and not more than
    /// [#UNCLAIMED_MOST].
    ///
    /// @param butNot jobs that are being done
    public List<Unclaimed> unclaimed(Set<String> butNot) {
        return database.always(handle -> handle.createQuery(
                        UNCLAIMED + " AND NOT j.id = ANY (:but_not) ORDER BY j.kind = 'exec', j.seq LIMIT :most")
                .bind("host", host)
                .bind("but_not", butNot.toArray(String[]::new))
                .bind("most", UNCLAIMED_MOST)
                .map((row, _) -> rows.unclaimed(row))
                .list());
    }

    /// The job that a command which can't be read names, when it waits here for that command.
    public Optional<Unclaimed> unclaimed(String job) {
        return database.soon(handle -> handle.createQuery(UNCLAIMED + " AND j.id = :job")
                .bind("host", host)
                .bind("job", job)
                .map((row, _) -> rows.unclaimed(row))
                .findOne());
    }
}
