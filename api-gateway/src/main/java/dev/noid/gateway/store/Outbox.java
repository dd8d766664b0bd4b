package dev.noid.gateway.store;

import dev.noid.schema.job.JobSpec;
import dev.noid.schema.job.JobState;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import org.jdbi.v3.core.Handle;
import tools.jackson.databind.json.JsonMapper;

/// What workers have to hear of: the rows in `placed` and `cancelling` are it.
public final class Outbox {
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
    /// More than a worker runs and lets wait in one VM, so that each of these has its command repeated.
    private static final int OPEN_OF_VM = 256;

    private final Handle handle;
    private final JsonMapper json;

    Outbox(Handle handle, JsonMapper json) {
        this.handle = handle;
        this.json = json;
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
                                   row_number() OVER (PARTITION BY j.vm_id ORDER BY j.placed_at, j.seq) AS rank
                            FROM jobs j JOIN hosts h ON h.id = j.host_id
                            WHERE j.fate IS NULL AND j.state IN ('placed', 'cancelling')) o
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

    private Outgoing outgoing(ResultSet row) throws SQLException {
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
