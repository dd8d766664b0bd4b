package dev.noid.worker.store;

import dev.noid.schema.Batcher;
import dev.noid.schema.ExecId;
import dev.noid.schema.job.JobState;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.Query;
import org.jdbi.v3.core.statement.SqlStatement;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The usual steps of execs, of many at a time: one statement and one commit for all that come together. What is not
/// done here, because a row is not as it usually is, is [AttemptRows]'s to do and to tell why.
final class ExecRows implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(ExecRows.class);
    private static final Duration LEISURE = Duration.ofMillis(100);

    private final HostRow host;
    private final Rows rows = new Rows();
    private final Batcher<ExecClaim, Optional<VmRow>> claims;
    private final Batcher<Ending, Optional<Ended>> ends;
    private final Batcher<ExecId, Boolean> events;

    ExecRows(Database database, HostRow host) {
        this.host = host;
        this.claims = new Batcher<>(
                "claims",
                Duration.ZERO,
                asked -> database.statementSoon(handle -> claim(handle, asked)),
                Database::transientFault);
        this.ends = new Batcher<>(
                "ends", Duration.ZERO, asked -> database.statementAlways(handle -> end(handle, asked)), _ -> false);
        this.events = new Batcher<>("events-sent", LEISURE, asked -> eventsSent(database, asked), _ -> false);
    }

    /// The VM it was taken for; empty when it could not be taken so.
    Optional<VmRow> claim(ExecClaim claim) {
        return claims.ask(claim);
    }

    /// Whether an end is one that [#end] writes: nothing but the exec's own rows changes, and it is final.
    static boolean usual(Ending ending) {
        return ending.outcome().state() != JobState.RETRY_WAIT
                && ending.change() == null
                && ending.checkpoints().isEmpty();
    }

    /// Empty when its attempt had ended before, or has no row.
    Optional<Ended> end(Ending ending) {
        return ends.ask(ending);
    }

    /// Written soon, and nobody waits for it: what is lost means that the event is sent once more.
    void eventSent(ExecId attempt) {
        events.tell(attempt);
    }

    @Override
    public void close() {
        claims.close();
        ends.close();
        events.close();
    }

    private List<Optional<VmRow>> claim(Handle handle, List<ExecClaim> asked) {
        Query query = handle.createQuery("""
                WITH asked AS (
                    SELECT * FROM unnest(:jobs, :attempts, :vms, :generations, :boots, :offsets)
                        AS a (job, attempt, vm, generation, boot, output_offset)),
                claimed AS (
                    UPDATE jobs SET state = 'running', started_at = now()
                    FROM asked a JOIN vms v ON v.id = a.vm AND v.generation = a.generation
                    WHERE jobs.id = a.job AND jobs.attempt = a.attempt AND jobs.host_id = :host AND jobs.state = 'placed'
                      AND jobs.vm_id = v.id
                    RETURNING jobs.id, jobs.attempt, jobs.vm_id, a.generation, a.boot, a.output_offset),
                inserted AS (
                    INSERT INTO attempts (job_id, attempt, host_id, generation, start_id, boot_id, output_offset)
                    SELECT id, attempt, :host, generation, :start, boot, output_offset FROM claimed)
                SELECT claimed.id AS job_id, claimed.attempt,\s""" + Rows.VM + " FROM claimed JOIN vms v ON v.id = claimed.vm_id");
        attempts(query, asked, ExecClaim::attempt)
                .bindArray("vms", String.class, all(asked, ExecClaim::vm))
                .bindArray("generations", Long.class, all(asked, ExecClaim::generation))
                .bindArray(
                        "boots",
                        String.class,
                        asked.stream().map(ExecClaim::bootId).toArray())
                .bindArray("offsets", Long.class, all(asked, ExecClaim::outputOffset))
                .bind("host", host.id())
                .bind("start", host.startId());
        Map<ExecId, VmRow> claimed = new HashMap<>();
        query.map((row, _) -> Map.entry(attempt(row), Rows.vm(row)))
                .forEach(one -> claimed.put(one.getKey(), one.getValue()));
        return inPlace(asked, ExecClaim::attempt, claimed);
    }

    private List<Optional<Ended>> end(Handle handle, List<Ending> asked) {
        Query query = handle.createQuery("""
                WITH asked AS (
                    SELECT job, attempt, state, CAST(outcome AS jsonb) AS outcome
                    FROM unnest(:jobs, :attempts, :states, :outcomes) AS a (job, attempt, state, outcome)),
                ended AS (
                    UPDATE attempts t SET ended_at = now(), outcome = a.outcome FROM asked a
                    WHERE t.job_id = a.job AND t.attempt = a.attempt AND t.ended_at IS NULL
                    RETURNING t.job_id, t.attempt),
                done AS (
                    UPDATE jobs j SET state = a.state, outcome = a.outcome, ended_at = now(), retry_at = NULL
                    FROM asked a JOIN ended e ON e.job_id = a.job AND e.attempt = a.attempt
                    WHERE j.id = a.job AND j.attempt = a.attempt AND j.state IN ('placed', 'running', 'cancelling')
                    RETURNING j.id, j.started_at, j.ended_at)
                SELECT e.job_id, e.attempt, d.started_at, d.ended_at FROM ended e LEFT JOIN done d ON d.id = e.job_id
                """);
        attempts(query, asked, Ending::attempt)
                .bindArray("states", String.class, all(asked, it -> it.outcome()
                        .state()
                        .toString()))
                .bindArray("outcomes", String.class, all(asked, it -> rows.text(it.outcome())));
        Map<ExecId, Ending> byAttempt = new HashMap<>();
        asked.forEach(it -> byAttempt.put(it.attempt(), it));
        Map<ExecId, Ended> ended = new HashMap<>();
        query.map((row, _) -> {
                    ExecId attempt = attempt(row);
                    return Map.entry(attempt, ended(byAttempt, attempt, row));
                })
                .forEach(one -> ended.put(one.getKey(), one.getValue()));
        return inPlace(asked, Ending::attempt, ended);
    }

    private static Ended ended(Map<ExecId, Ending> asked, ExecId attempt, ResultSet row) throws SQLException {
        Ending ending = asked.get(attempt);
        if (ending == null) {
            throw new IllegalStateException("an end that nobody asked for: " + attempt);
        }
        return new Ended(ending.outcome(), instant(row, "started_at"), instant(row, "ended_at"));
    }

    /// Nobody hears that it could not be written, so the log does: those events are sent again by each sweep.
    private static List<Boolean> eventsSent(Database database, List<ExecId> asked) {
        try {
            return database.statementAlways(handle -> eventSent(handle, asked));
        } catch (RuntimeException e) {
            if (!Database.transientFault(e)) {
                log.error("event_sent not written attempts={}", asked, e);
            }
            throw e;
        }
    }

    /// Does not wait for the disk.
    private static List<Boolean> eventSent(Handle handle, List<ExecId> asked) {
        attempts(handle.createUpdate("""
                        UPDATE attempts t SET event_sent = set_config('synchronous_commit', 'off', true) = 'off'
                        FROM unnest(:jobs, :attempts) AS a (job, attempt)
                        WHERE t.job_id = a.job AND t.attempt = a.attempt AND t.ended_at IS NOT NULL"""), asked, it -> it).execute();
        return asked.stream().map(_ -> true).toList();
    }

    private static <S extends SqlStatement<S>, A> S attempts(S statement, List<A> asked, Function<A, ExecId> attempt) {
        return statement
                .bindArray(
                        "jobs", String.class, all(asked, it -> attempt.apply(it).job()))
                .bindArray("attempts", Integer.class, all(asked, it -> attempt.apply(it)
                        .attempt()));
    }

    private static <A, T> List<T> all(List<A> asked, Function<A, T> part) {
        return asked.stream().map(part).toList();
    }

    private static <A, T> List<Optional<T>> inPlace(List<A> asked, Function<A, ExecId> attempt, Map<ExecId, T> found) {
        return all(asked, it -> Optional.ofNullable(found.get(attempt.apply(it))));
    }

    private static ExecId attempt(ResultSet row) throws SQLException {
        return new ExecId(row.getString("job_id"), row.getInt("attempt"));
    }

    private static @Nullable Instant instant(ResultSet row, String column) throws SQLException {
        OffsetDateTime time = row.getObject(column, OffsetDateTime.class);
        return time == null ? null : time.toInstant();
    }
}
