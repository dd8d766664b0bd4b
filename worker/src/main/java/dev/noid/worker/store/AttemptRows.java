package dev.noid.worker.store;

import dev.noid.schema.ExecId;
import dev.noid.schema.job.JobKind;
import dev.noid.schema.job.JobState;
import dev.noid.schema.job.Outcome;
import dev.noid.schema.vm.VmObserved;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Attempts: claimed once, ended once.
public final class AttemptRows implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(AttemptRows.class);
    private static final String[] NONE = {};

    private final Database database;
    private final HostRow host;
    private final Rows rows = new Rows();
    private final ExecRows execs;

    public AttemptRows(Database database, HostRow host) {
        this.database = database;
        this.host = host;
        this.execs = new ExecRows(database, host);
    }

    @Override
    public void close() {
        execs.close();
    }

    /// Takes an exec for this process; see [#claim(ExecId, JobKind, String, long, String, long)].
    public Claim claim(ExecClaim asked) {
        return execs.claim(asked)
                .<Claim>map(Claim.Won::new)
                .orElseGet(() -> claim(
                        asked.attempt(),
                        JobKind.EXEC,
                        asked.vm(),
                        asked.generation(),
                        asked.bootId(),
                        asked.outputOffset()));
    }

    /// Takes an attempt for this process, with the VM's step that belongs to it, in one statement. Asked again after a
    /// commit
    /// whose answer was lost, it says [Claim.Won] again: the caller holds the only slot for this attempt in this
    /// process.
    ///
    /// @param bootId       of the guest it will run in, for an exec
    /// @param outputOffset no later than the first record of its output, or of the log of the VM it makes
    public Claim claim(
            ExecId attempt, JobKind kind, String vm, long generation, @Nullable String bootId, long outputOffset) {
        return database.soon(handle -> {
            Optional<VmRow> claimed = handle.createQuery(
                            """
                            WITH claimed AS (
                                UPDATE jobs SET state = 'running', started_at = now() FROM vms
                                WHERE jobs.id = :job AND jobs.attempt = :attempt AND jobs.host_id = :host AND jobs.state = 'placed'
                                  AND vms.id = jobs.vm_id AND vms.id = :vm AND vms.generation = :generation
                                RETURNING jobs.id, jobs.attempt, jobs.vm_id),
                            inserted AS (
                                INSERT INTO attempts (job_id, attempt, host_id, generation, start_id, boot_id, output_offset)
                                SELECT id, attempt, :host, :generation, :start, :boot, :offset FROM claimed),
                            stepped AS (
                                UPDATE vms SET observed = coalesce(:step, observed), reason = NULL, updated_at = now() FROM claimed
                                WHERE vms.id = claimed.vm_id AND observed = ANY (:from))
                            SELECT\s""" + Rows.VM + " FROM claimed JOIN vms v ON v.id = claimed.vm_id")
                    .bind("job", attempt.job())
                    .bind("attempt", attempt.attempt())
                    .bind("host", host.id())
                    .bind("vm", vm)
                    .bind("generation", generation)
                    .bind("start", host.startId())
                    .bind("boot", bootId)
                    .bind("offset", outputOffset)
                    .bind("step", Rows.nameOf(step(kind)))
                    .bind("from", stepsFrom(kind))
                    .map((row, _) -> Rows.vm(row))
                    .findOne();
            return claimed.<Claim>map(Claim.Won::new).orElseGet(() -> whyNot(handle, attempt));
        });
    }

    private static @Nullable VmObserved step(JobKind kind) {
        return switch (kind) {
            // Of a VM that runs already, a restore changes nothing until it is done.
            case CREATE, START, RESTORE -> VmObserved.STARTING;
            case STOP -> VmObserved.STOPPING;
            case DESTROY, CHECKPOINT, EXEC -> null;
        };
    }

    private static String[] stepsFrom(JobKind kind) {
        VmObserved to = step(kind);
        return to == null
                ? NONE
                : VmRows.before(to).stream().map(Object::toString).toArray(String[]::new);
    }

    private Claim whyNot(Handle handle, ExecId attempt) {
        Optional<Unfinished> work = handle.createQuery(
                        WorkRows.UNFINISHED + " AND a.job_id = :job AND a.attempt = :attempt")
                .bind("host", host.id())
                .bind("job", attempt.job())
                .bind("attempt", attempt.attempt())
                .map((row, _) -> rows.unfinished(row))
                .findOne();
        if (work.isPresent()) {
            Unfinished found = work.get();
            if (found.outcome() != null) {
                return new Claim.Stale("it has ended");
            }
            return found.startId().equals(host.startId()) ? new Claim.Won(found.vm()) : new Claim.Earlier(found);
        }
        Optional<Unclaimed> unclaimed = handle.createQuery(
                        WorkRows.UNCLAIMED + " AND j.id = :job AND j.attempt = :attempt")
                .bind("host", host.id())
                .bind("job", attempt.job())
                .bind("attempt", attempt.attempt())
                .map((row, _) -> rows.unclaimed(row))
                .findOne();
        return unclaimed
                .<Claim>map(job -> job.cancelled() ? new Claim.Cancelled(job.vm()) : new Claim.Outdated(job.vm()))
                .orElseGet(() -> new Claim.Stale("it is over or not ours"));
    }

    /// Makes this process the one that has an attempt of an earlier start. False when it has ended meanwhile.
    public boolean takeOver(ExecId attempt, @Nullable String bootId) {
        return database.always(handle -> handle.createUpdate("""
                                UPDATE attempts SET start_id = :start, boot_id = coalesce(:boot, boot_id)
                                WHERE job_id = :job AND attempt = :attempt AND ended_at IS NULL""")
                        .bind("start", host.startId())
                        .bind("boot", bootId)
                        .bind("job", attempt.job())
                        .bind("attempt", attempt.attempt())
                        .execute())
                == 1;
    }

    /// Writes how an attempt ended: attempt, job and VM in one transaction, retried until it is written. Returns the
    /// end in force, which is an earlier one when somebody was faster.
    public Ended end(Ending ending) {
        Optional<Ended> usual = ExecRows.usual(ending) ? execs.end(ending) : Optional.empty();
        return usual.orElseGet(() -> Ended.of(database.always(handle -> end(handle, ending))));
    }

    /// Ends an attempt that nobody claimed, with a row of its own so that its event is not lost either. Empty when the
    /// job has moved on.
    ///
    /// @param outputOffset where nothing of it is: readers begin there
    public Optional<Outcome> refuse(Ending ending, long outputOffset) {
        return database.always(handle -> {
            int inserted = handle.createUpdate("""
                            INSERT INTO attempts (job_id, attempt, host_id, generation, start_id, output_offset)
                            SELECT id, attempt, :host, :generation, :start, :offset FROM jobs
                            WHERE id = :job AND attempt = :attempt AND host_id = :host AND state IN ('placed', 'cancelling')
                            ON CONFLICT DO NOTHING""")
                    .bind("host", host.id())
                    .bind("generation", ending.generation())
                    .bind("start", host.startId())
                    .bind("offset", outputOffset)
                    .bind("job", ending.attempt().job())
                    .bind("attempt", ending.attempt().attempt())
                    .execute();
            return inserted == 1 ? Optional.of(end(handle, ending)) : Optional.empty();
        });
    }

    public void eventSent(ExecId attempt) {
        execs.eventSent(attempt);
    }

    private Outcome end(Handle handle, Ending ending) {
        ExecId attempt = ending.attempt();
        Optional<JobState> state = handle.createQuery(
                        "SELECT state FROM jobs WHERE id = :job AND attempt = :attempt FOR UPDATE")
                .bind("job", attempt.job())
                .bind("attempt", attempt.attempt())
                .map((row, _) -> Rows.state(row.getString("state")))
                .findOne();
        // Who asked for a cancel does not want another try.
        boolean noRetry = ending.outcome().state() == JobState.RETRY_WAIT
                && !state.filter(JobState.RUNNING::equals).isPresent();
        Outcome outcome = noRetry
                ? new Outcome(
                        JobState.CANCELLED,
                        ending.outcome().exec(),
                        ending.outcome().checkpoint(),
                        ending.outcome().error(),
                        ending.outcome().timing())
                : ending.outcome();
        int ended = handle.createUpdate("""
                        UPDATE attempts SET ended_at = now(), outcome = CAST(:outcome AS jsonb)
                        WHERE job_id = :job AND attempt = :attempt AND ended_at IS NULL""")
                .bind("outcome", rows.text(outcome))
                .bind("job", attempt.job())
                .bind("attempt", attempt.attempt())
                .execute();
        if (ended == 0) {
            return written(handle, attempt).orElse(outcome);
        }
        int job = handle.createUpdate("""
                        UPDATE jobs SET state = :state, outcome = CAST(:outcome AS jsonb), ended_at = CASE WHEN :waits THEN NULL ELSE now() END,
                            retry_at = CASE WHEN :waits THEN now() + interval '1 second' * power(2, attempt) END
                        WHERE id = :job AND attempt = :attempt AND state IN ('placed', 'running', 'cancelling')""")
                .bind("state", outcome.state().toString())
                .bind("waits", outcome.state() == JobState.RETRY_WAIT)
                .bind("outcome", rows.text(outcome))
                .bind("job", attempt.job())
                .bind("attempt", attempt.attempt())
                .execute();
        if (job == 0) {
            log.warn(
                    "outcome of an attempt whose job has moved on job={} attempt={} state={}",
                    attempt.job(),
                    attempt.attempt(),
                    outcome.state());
        }
        VmChange change = ending.change();
        if (change != null) {
            // A VM that was to get another try is not wanted when there is none.
            VmChange fitting = noRetry && change.observed() == VmObserved.PENDING ? VmChange.destroyed() : change;
            if (!VmRows.change(handle, ending.vm(), ending.generation(), fitting)) {
                checkMovedOn(handle, ending, fitting);
            }
        }
        for (CheckpointChange checkpoint : ending.checkpoints()) {
            CheckpointRows.change(handle, ending.vm(), ending.generationAfter(), checkpoint);
        }
        return outcome;
    }

    private Optional<Outcome> written(Handle handle, ExecId attempt) {
        return handle.createQuery(
                        "SELECT outcome FROM attempts WHERE job_id = :job AND attempt = :attempt AND outcome IS NOT NULL")
                .bind("job", attempt.job())
                .bind("attempt", attempt.attempt())
                .map((row, _) -> rows.outcome(row.getString("outcome")))
                .findOne();
    }

    /// No row changed: fine only when the VM is there already, or past it.
    private static void checkMovedOn(Handle handle, Ending ending, VmChange change) {
        VmRows.find(handle, ending.vm())
                .filter(vm -> vm.generation() == ending.generation()
                        && vm.observed() != change.observed()
                        && vm.observed() != VmObserved.DESTROYED)
                .ifPresent(vm -> log.error(
                        "vm row does not take its step vm={} generation={} from={} to={}",
                        vm.id(),
                        vm.generation(),
                        vm.observed(),
                        change.observed()));
    }
}
