package dev.noid.worker.job;

import dev.noid.schema.ExecId;
import dev.noid.schema.job.JobError;
import dev.noid.schema.job.JobSpec;
import dev.noid.schema.job.JobState;
import dev.noid.schema.job.Outcome;
import dev.noid.schema.record.Event;
import dev.noid.schema.vm.VmObserved;
import dev.noid.worker.CrashPoint;
import dev.noid.worker.CrashPoint.Moment;
import dev.noid.worker.engine.Engine;
import dev.noid.worker.engine.EngineResult;
import dev.noid.worker.store.Claim;
import dev.noid.worker.store.Ending;
import dev.noid.worker.store.Unfinished;
import dev.noid.worker.store.VmChange;
import dev.noid.worker.store.VmRow;
import dev.noid.worker.vm.LiveVm;
import dev.noid.worker.vm.Timing;
import dev.noid.worker.vm.VmRecord;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A try to create, start, stop or destroy a VM. Holds the VM's lock from before its claim until its rows are written;
/// what follows waits for the broker, and the VM shall not wait with it.
final class LifecycleAttempt implements Attempt {
    private static final Logger log = LoggerFactory.getLogger(LifecycleAttempt.class);

    private final Assignment assignment;
    private final Workshop shop;
    private final Timing timing = new Timing(System::nanoTime);
    private volatile boolean cancelled;

    LifecycleAttempt(Assignment assignment, Workshop shop) {
        this.assignment = assignment;
        this.shop = shop;
    }

    /// What goes into the rows.
    private record Result(Outcome outcome, @Nullable VmChange change) {}

    @Override
    public Assignment assignment() {
        return assignment;
    }

    @Override
    public void cancel() {
        cancelled = true;
    }

    @Override
    public void run() {
        shop.vms().locked(assignment.vm(), this::claim).run();
    }

    @Override
    public void resume(Unfinished work) {
        shop.vms().locked(assignment.vm(), () -> goOn(work)).run();
    }

    /// Returns what is left to do without the lock.
    private Runnable claim() {
        Claim claim =
                shop.rows().claim(attempt(), assignment.kind(), assignment.vm(), assignment.generation(), null, 0);
        return switch (claim) {
            case Claim.Won(VmRow vm) -> {
                timing.lap("claim");
                log.info(
                        "attempt claimed kind={} vm={} job={} attempt={}",
                        assignment.kind(),
                        vm.id(),
                        job(),
                        attempt().attempt());
                shop.crash().hit(assignment.kind(), Moment.AFTER_CLAIM);
                sayStarted();
                yield end(work(vm));
            }
            case Claim.Earlier(Unfinished work) -> goOn(work);
            case Claim.Cancelled(VmRow vm) ->
                () -> shop.outcomes()
                        .refuse(assignment.ending(Refusals.cancelled(), Refusals.change(assignment.spec(), vm)));
            case Claim.Outdated(VmRow vm) ->
                () -> shop.outcomes().refuse(assignment.ending(Refusals.outdated(vm), null));
            case Claim.Stale(String why) ->
                () -> log.debug(
                        "command dropped job={} attempt={} why=\"{}\"",
                        job(),
                        attempt().attempt(),
                        why);
        };
    }

    private Runnable goOn(Unfinished work) {
        if (!shop.rows().takeOver(attempt(), null)) {
            return () -> {};
        }
        if (work.state() == JobState.CANCELLING) {
            cancelled = true;
        }
        log.info(
                "attempt goes on kind={} vm={} job={} attempt={}",
                assignment.kind(),
                assignment.vm(),
                job(),
                attempt().attempt());
        Optional<LiveVm> already = shop.vms().find(assignment.vm(), assignment.generation());
        boolean starting = work.spec() instanceof JobSpec.Create || work.spec() instanceof JobSpec.Start;
        return end(starting && already.isPresent() && !cancelled ? running(already.get()) : work(work.vm()));
    }

    private Runnable end(Result result) {
        Ending ending = assignment.ending(result.outcome(), result.change());
        Outcome written = shop.outcomes().write(ending);
        VmChange change = result.change();
        if (change != null && change.observed() == VmObserved.RUNNING) {
            shop.vms().find(assignment.vm(), assignment.generation()).ifPresent(shop.watch()::begin);
        }
        return () -> shop.outcomes().say(ending, written);
    }

    private void sayStarted() {
        shop.events()
                .hint(
                        assignment.partition(),
                        new Event.AttemptStarted(
                                assignment.vm(),
                                assignment.generation(),
                                job(),
                                attempt().attempt()));
    }

    private Result work(VmRow vm) {
        return switch (assignment.spec()) {
            case JobSpec.Create _ -> createOrUndo(vm);
            case JobSpec.Start _ -> start(vm);
            case JobSpec.Stop(int graceMillis) -> stop(vm, Duration.ofMillis(graceMillis));
            case JobSpec.Destroy _ -> destroy(vm);
            case JobSpec.Exec _ -> throw new IllegalStateException("an exec is no lifecycle job");
        };
    }

    private Result createOrUndo(VmRow vm) {
        try {
            return create(vm);
        } catch (UncheckedIOException e) {
            // The host's disk, full or broken: another host may have a better one.
            log.warn("vm files not made vm={} job={}", vm.id(), job(), e);
            return createFailed(vm, JobError.host("host_files", "The VM's files could not be made on its host."), true);
        }
    }

    private Result create(VmRow vm) {
        if (vm.observed() != VmObserved.PENDING && vm.observed() != VmObserved.STARTING) {
            return unfit(vm);
        }
        // After a crash: whatever the earlier try left goes first.
        shop.life().erase(vm.id(), LiveVm.Fate.DESTROYED, () -> {});
        VmRecord record = shop.life().makeDirectory(vm, attempt());
        EngineResult<Engine.Disk> disk = cancelled ? abandoned() : shop.life().makeDisk(record);
        timing.lap("disk");
        if (disk instanceof EngineResult.Failed<Engine.Disk>(JobError error, boolean retryable)) {
            return createFailed(vm, error, retryable);
        }
        return switch (boot(record)) {
            case EngineResult.Ok<LiveVm>(LiveVm live) ->
                cancelled ? createFailed(vm, abandonedError(), false) : running(live);
            case EngineResult.Failed<LiveVm>(JobError error, boolean retryable) -> createFailed(vm, error, retryable);
        };
    }

    private Result createFailed(VmRow vm, JobError error, boolean retryable) {
        shop.life().erase(vm.id(), LiveVm.Fate.DESTROYED, () -> {});
        timing.lap("undo");
        if (cancelled) {
            return new Result(ended(JobState.CANCELLED, abandonedError()), VmChange.destroyed());
        }
        log.warn(
                "vm creation failed, everything undone vm={} job={} error={} \"{}\"",
                vm.id(),
                job(),
                error.code(),
                error.message());
        boolean again =
                retryable && error.fault() != JobError.Fault.USER && attempt().attempt() < Outcomes.TRIES;
        return again
                ? new Result(ended(JobState.RETRY_WAIT, error), VmChange.to(VmObserved.PENDING))
                : new Result(ended(JobState.FAILED, error), VmChange.destroyed());
    }

    private Result start(VmRow vm) {
        if (vm.observed() == VmObserved.RUNNING || vm.observed() == VmObserved.DESTROYED) {
            return unfit(vm);
        }
        Optional<VmRecord> record = shop.life().nextGeneration(vm, attempt());
        if (record.isEmpty()) {
            return new Result(
                    ended(JobState.FAILED, JobError.host("vm_files_gone", "The VM's files are gone from its host.")),
                    VmChange.failed("The VM's files are gone from its host."));
        }
        shop.life().undoStart(record.get());
        try {
            return switch (boot(record.get())) {
                case EngineResult.Ok<LiveVm>(LiveVm live) ->
                    cancelled ? startFailed(record.get(), abandonedError()) : running(live);
                case EngineResult.Failed<LiveVm>(JobError error, boolean _) -> startFailed(record.get(), error);
            };
        } catch (UncheckedIOException e) {
            log.warn("vm files not written vm={} job={}", vm.id(), job(), e);
            return startFailed(
                    record.get(), JobError.host("host_files", "The VM's files could not be written on its host."));
        }
    }

    private Result startFailed(VmRecord record, JobError error) {
        shop.life().undoStart(record);
        timing.lap("undo");
        if (cancelled) {
            return new Result(ended(JobState.CANCELLED, abandonedError()), VmChange.stopped());
        }
        log.warn("vm start failed vm={} job={} error={} \"{}\"", record.vm(), job(), error.code(), error.message());
        return new Result(ended(JobState.FAILED, error), VmChange.failed(error.message()));
    }

    private EngineResult<LiveVm> boot(VmRecord record) {
        EngineResult<LiveVm> started = cancelled ? abandoned() : shop.life().start(record);
        timing.lap("boot");
        return started;
    }

    private Result running(LiveVm live) {
        Outcome outcome = Outcome.succeeded(timing.total());
        log.info(
                "vm runs vm={} name={} generation={} pid={} job={} timing={}",
                assignment.vm(),
                live.record().name(),
                assignment.generation(),
                live.machine().pid(),
                job(),
                outcome.timing());
        return new Result(
                outcome,
                VmChange.running(live.machine().guest().bootId(), live.machine().pid()));
    }

    private Result stop(VmRow vm, Duration grace) {
        boolean was = shop.life().stop(vm, attempt(), grace);
        timing.lap("shutdown");
        log.info("vm stopped vm={} job={} was_running={}", vm.id(), job(), was);
        boolean stepped = vm.observed() == VmObserved.RUNNING || vm.observed() == VmObserved.STOPPING;
        return new Result(Outcome.succeeded(timing.total()), stepped ? VmChange.stopped() : null);
    }

    private Result destroy(VmRow vm) {
        shop.life().erase(vm.id(), LiveVm.Fate.DESTROYED, () -> {
            timing.lap("kill");
            shop.crash().hit(CrashPoint.DESTROY_AFTER_KILL);
        });
        timing.lap("remove");
        log.info("vm destroyed vm={} job={}", vm.id(), job());
        return new Result(Outcome.succeeded(timing.total()), VmChange.destroyed());
    }

    private Result unfit(VmRow vm) {
        return new Result(
                ended(
                        JobState.FAILED,
                        JobError.platform(
                                "vm_" + vm.observed(),
                                "The VM is " + vm.observed() + ", so there was nothing to " + assignment.kind() + ".")),
                null);
    }

    private Outcome ended(JobState state, JobError error) {
        return new Outcome(state, null, error, timing.total());
    }

    private static <T> EngineResult<T> abandoned() {
        return new EngineResult.Failed<>(abandonedError(), false);
    }

    private static JobError abandonedError() {
        return JobError.user("cancelled", "It was cancelled before it was done.", null);
    }

    private ExecId attempt() {
        return assignment.attempt();
    }

    private String job() {
        return assignment.attempt().job();
    }
}
