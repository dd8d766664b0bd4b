package dev.noid.gateway.store;

import dev.noid.schema.job.JobError;
import dev.noid.schema.job.JobSpec;
import dev.noid.schema.job.JobState;
import dev.noid.schema.job.Outcome;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.Query;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/// Jobs: intent in, state out.
public final class Jobs {
    /// What a list shows of a spec: two hundred whole ones could be more than the heap.
    private static final String SHORT_SPEC = """
            CASE WHEN j.kind = 'exec' AND length(CAST(j.spec -> 'argv' AS text)) > 8192
                 THEN jsonb_set(j.spec - 'stdin' - 'env', '{argv}', jsonb_build_array(left(j.spec -> 'argv' ->> 0, 1000), '…'))
                 ELSE j.spec - 'stdin' - 'env' END
            """;
    private static final String COLUMNS = """
            j.id, j.seq, j.vm_id, j.state, j.attempt, j.host_id, j.outcome, j.labels, j.created_at, j.placed_at, j.started_at,
            j.ended_at, v.name AS vm, v.partition, v.checkpoint_id, a.output_offset,
            CASE WHEN j.kind = 'exec' AND j.ended_at IS NULL THEN v.unresponsive_since END AS unresponsive_since
            """;
    private static final String JOINS = """
            JOIN vms v ON v.id = j.vm_id LEFT JOIN attempts a ON a.job_id = j.id AND a.attempt = j.attempt
            """;
    private static final String ONE = "SELECT " + COLUMNS + """
            , j.spec, CASE WHEN j.state = 'queued' THEN (
                SELECT count(*) FROM jobs o WHERE o.waits AND o.state = 'queued' AND o.seq < j.seq
                AND (o.vm_id = j.vm_id
                     OR (o.kind IN ('create', 'start', 'restore')
                         AND j.kind IN ('create', 'start', 'restore')))) END AS position
            FROM jobs j
            """ + JOINS;
    /// How many are ahead of each that is queued: all of its VM, and when it wants room all that want some. For each
    /// job of a page alone, as [#ONE] has it, a long queue would be counted as often as the page is long.
    private static final String AHEAD = """
            SELECT id, row_number() OVER (PARTITION BY vm_id ORDER BY seq) - 1
                       + CASE WHEN room THEN row_number() OVER (PARTITION BY room ORDER BY seq)
                                             - row_number() OVER (PARTITION BY vm_id, room ORDER BY seq)
                              ELSE 0 END AS position
            FROM (SELECT id, vm_id, seq, kind IN ('create', 'start', 'restore') AS room
                  FROM jobs WHERE waits AND state = 'queued') q
            """;

    /// All VMs that have or had the name, or the one with this id.
    private static final String NAMED = """
            (SELECT id FROM vms WHERE tenant_id = :tenant AND name = :vm
             UNION SELECT id FROM vms WHERE tenant_id = :tenant AND id = :vm) named
            """;

    private final Handle handle;
    private final JsonMapper json;

    Jobs(Handle handle, JsonMapper json) {
        this.handle = handle;
        this.json = json;
    }

    public void insert(String id, String tenant, String vmId, JobSpec spec) {
        insert(id, tenant, vmId, spec, null);
    }

    public void insert(String id, String tenant, String vmId, JobSpec spec, @Nullable Map<String, String> labels) {
        handle.createUpdate("""
                        INSERT INTO jobs (id, tenant_id, vm_id, kind, state, spec, labels)
                        VALUES (:id, :tenant, :vm, :kind, 'queued', CAST(:spec AS jsonb), CAST(:labels AS jsonb))
                        """)
                .bind("labels", LabelColumn.written(json, labels))
                .bind("id", id)
                .bind("tenant", tenant)
                .bind("vm", vmId)
                .bind("kind", spec.kind().toString())
                .bind("spec", json.writerFor(JobSpec.class).writeValueAsString(spec))
                .execute();
    }

    public Optional<JobRow> find(String tenant, String id) {
        return handle.createQuery(ONE + " WHERE j.id = :id AND j.tenant_id = :tenant")
                .bind("id", id)
                .bind("tenant", tenant)
                .map((row, _) -> job(row))
                .findOne();
    }

    /// One of a list.
    ///
    /// @param seq its place in the order of all jobs
    public record Listed(JobRow row, long seq) {}

    /// Newest first, as they were accepted.
    public List<Listed> list(
            String tenant,
            @Nullable String vm,
            @Nullable JobState state,
            LabelFilter labels,
            @Nullable Long beforeSeq,
            int limit) {
        String page = labels.isEmpty()
                ? page(vm, state, beforeSeq, limit)
                : new LabelWalk(labels, vm, state, beforeSeq).page(NAMED, limit);
        Query query = handle.createQuery("WITH page AS (" + page + "), ahead AS (" + AHEAD
                        + ") SELECT " + COLUMNS + ", ahead.position, " + SHORT_SPEC + " AS spec"
                        + " FROM page JOIN jobs j ON j.id = page.id " + JOINS
                        + " LEFT JOIN ahead ON ahead.id = j.id ORDER BY j.seq DESC")
                .bind("tenant", tenant);
        return Page.at(beforeSeq, labels.bind(vm == null ? query : query.bind("vm", vm)))
                .map((row, _) -> new Listed(job(row), row.getLong("seq")))
                .list();
    }

    /// In the order in which [#list] finds the fewest jobs to look at.
    public LabelFilter rarestFirst(String tenant, LabelFilter labels) {
        return LabelWalk.rarestFirst(handle, tenant, labels);
    }

    /// Where a list with labels goes on that has found less than a page; null when there is no more.
    public @Nullable Long walkedTo(
            String tenant,
            @Nullable String vm,
            @Nullable JobState state,
            LabelFilter labels,
            @Nullable Long beforeSeq) {
        return labels.isEmpty() ? null : new LabelWalk(labels, vm, state, beforeSeq).end(handle, tenant);
    }

    /// Ids of the page, walked along an index that has the tenant's or the VM's jobs by fate: those that are open, and
    /// of each fate as many, are brought into one order.
    private static String page(@Nullable String vm, @Nullable JobState state, @Nullable Long beforeSeq, int limit) {
        String walks = fates(state)
                .map(fate -> "(SELECT j.id, j.seq FROM jobs j WHERE "
                        + (vm == null ? "j.tenant_id = :tenant" : "j.vm_id = named.id") + " AND " + fate
                        + Page.beyond("j.seq < :cursor", beforeSeq) + " ORDER BY j.seq DESC LIMIT " + limit + ")")
                .collect(Collectors.joining(" UNION ALL "));
        String from = vm == null ? "(" + walks + ") walks" : NAMED + " CROSS JOIN LATERAL (" + walks + ") walks";
        return "SELECT walks.id FROM " + from + " ORDER BY walks.seq DESC LIMIT " + limit;
    }

    private static Stream<String> fates(@Nullable JobState state) {
        if (state == null) {
            return Stream.concat(
                    Stream.of("j.fate IS NULL"),
                    Arrays.stream(JobState.values()).filter(JobState::terminal).map(fate -> "j.fate = '" + fate + "'"));
        }
        return Stream.of(
                state.terminal() ? "j.fate = '" + state + "'" : "j.fate IS NULL AND j.state = '" + state + "'");
    }

    /// The destroy of the VM that had this name last: open or finished.
    public Optional<String> lastDestroy(String tenant, String vmName) {
        return handle.createQuery("""
                        SELECT j.id FROM jobs j JOIN vms v ON v.id = j.vm_id
                        WHERE v.tenant_id = :tenant AND v.name = :name AND j.kind = 'destroy'
                        ORDER BY j.seq DESC LIMIT 1
                        """)
                .bind("tenant", tenant)
                .bind("name", vmName)
                .mapTo(String.class)
                .findOne();
    }

    public Optional<String> openCreate(String vmId) {
        return handle.createQuery("SELECT id FROM jobs WHERE vm_id = :vm AND fate IS NULL AND kind = 'create' LIMIT 1")
                .bind("vm", vmId)
                .mapTo(String.class)
                .findOne();
    }

    public Optional<String> openDestroy(String vmId) {
        return handle.createQuery("SELECT id FROM jobs WHERE vm_id = :vm AND fate IS NULL AND kind = 'destroy' LIMIT 1")
                .bind("vm", vmId)
                .mapTo(String.class)
                .findOne();
    }

    /// Ends what waits for a host, except `butNot`, and the checkpoints it was to make. Returns the ids.
    public List<String> cancelWaiting(String vmId, String butNot, JobError why) {
        List<String> ended = handle.createQuery("""
                        UPDATE jobs SET state = 'cancelled', outcome = CAST(:outcome AS jsonb), ended_at = now(),
                               cancel_requested_at = now()
                        WHERE vm_id = :vm AND fate IS NULL AND id <> :butNot AND state IN ('queued', 'retry_wait')
                        RETURNING id
                        """)
                .bind("outcome", json.writeValueAsString(Outcome.ended(JobState.CANCELLED, why)))
                .bind("vm", vmId)
                .bind("butNot", butNot)
                .mapTo(String.class)
                .list();
        new Checkpoints(handle).failThoseOf(ended);
        return ended;
    }

    /// Asks the worker to end what a destroy overtakes: an open create, start, checkpoint or restore. Returns the ids.
    public List<String> cancelOvertaken(String vmId) {
        return handle.createQuery("""
                        UPDATE jobs SET state = 'cancelling', cancel_requested_at = now()
                        WHERE vm_id = :vm AND fate IS NULL AND kind IN ('create', 'start', 'checkpoint', 'restore')
                        AND state IN ('placed', 'running') RETURNING id
                        """).bind("vm", vmId).mapTo(String.class).list();
    }

    /// Nobody else changes this job until the transaction ends.
    public void lock(String id) {
        handle.createQuery("SELECT id FROM jobs WHERE id = :id FOR UPDATE")
                .bind("id", id)
                .mapTo(String.class)
                .one();
    }

    /// Whether a lifecycle job of the VM came after this one and is not over.
    public boolean openAfter(String vmId, String id) {
        return handle.createQuery("""
                        SELECT EXISTS (SELECT 1 FROM jobs WHERE vm_id = :vm AND fate IS NULL AND kind <> 'exec'
                                       AND seq > (SELECT seq FROM jobs WHERE id = :id))
                        """)
                .bind("vm", vmId)
                .bind("id", id)
                .mapTo(Boolean.class)
                .one();
    }

    /// From `queued` or `retry_wait` to its end, with the checkpoint it was to make. False when it has moved on.
    public boolean endWaiting(String id, Outcome outcome) {
        boolean ended = handle.createUpdate("""
                        UPDATE jobs SET state = :state, outcome = CAST(:outcome AS jsonb), ended_at = now(),
                               cancel_requested_at = CASE WHEN :state = 'cancelled' THEN now() END
                        WHERE id = :id AND state IN ('queued', 'retry_wait')
                        """)
                        .bind("state", outcome.state().toString())
                        .bind("outcome", json.writeValueAsString(outcome))
                        .bind("id", id)
                        .execute()
                == 1;
        if (ended) {
            new Checkpoints(handle).failThoseOf(List.of(id));
        }
        return ended;
    }

    /// From `placed` or `running` to `cancelling`. False when it has moved on.
    public boolean askCancel(String id) {
        return handle.createUpdate("""
                        UPDATE jobs SET state = 'cancelling', cancel_requested_at = now()
                        WHERE id = :id AND state IN ('placed', 'running')
                        """).bind("id", id).execute() == 1;
    }

    private JobRow job(ResultSet row) throws SQLException {
        String outcome = row.getString("outcome");
        int position = row.getInt("position");
        boolean queued = !row.wasNull();
        long offset = row.getLong("output_offset");
        boolean claimed = !row.wasNull();
        return new JobRow(
                row.getString("id"),
                row.getString("vm"),
                row.getString("vm_id"),
                json.readValue(row.getString("spec"), JobSpec.class),
                JobState.valueOf(row.getString("state").toUpperCase(Locale.ROOT)),
                row.getInt("attempt"),
                row.getString("host_id"),
                outcome == null ? null : withTiming(json.readValue(outcome, Outcome.class)),
                queued ? position : null,
                instant(row, "unresponsive_since"),
                row.getString("checkpoint_id"),
                row.getInt("partition"),
                claimed ? offset : null,
                LabelColumn.read(json, row.getString("labels")),
                row.getObject("created_at", OffsetDateTime.class).toInstant(),
                instant(row, "placed_at"),
                instant(row, "started_at"),
                instant(row, "ended_at"));
    }

    @SuppressWarnings("NullAway") // Jackson leaves what the JSON does not have null, whatever the type says
    private static Outcome withTiming(Outcome outcome) {
        return outcome.timing() == null
                ? new Outcome(outcome.state(), outcome.exec(), outcome.checkpoint(), outcome.error(), Map.of())
                : outcome;
    }

    private static @Nullable Instant instant(ResultSet row, String column) throws SQLException {
        OffsetDateTime time = row.getObject(column, OffsetDateTime.class);
        return time == null ? null : time.toInstant();
    }
}
