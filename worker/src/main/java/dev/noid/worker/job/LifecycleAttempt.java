package dev.noid.worker.job;

import dev.noid.schema.ExecId;
import dev.noid.schema.job.JobKind;
import dev.noid.schema.job.JobSpec;
import dev.noid.schema.job.JobState;
import dev.noid.schema.record.Event;
import dev.noid.schema.vm.VmObserved;
import dev.noid.worker.CrashPoint;
import dev.noid.worker.CrashPoint.Moment;
import dev.noid.worker.store.Claim;
import dev.noid.worker.store.Ended;
import dev.noid.worker.store.Ending;
import dev.noid.worker.store.Unfinished;
import dev.noid.worker.store.VmChange;
import dev.noid.worker.store.VmRow;
import dev.noid.worker.vm.LiveVm;
import dev.noid.worker.vm.VmLife;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A try to change a VM, or to checkpoint it. Holds the VM's lock from before its claim until its rows are written;
/// what follows waits for the broker, and the VM shall not wait with it.
final class LifecycleAttempt implements Attempt {
    private static final Logger log = LoggerFactory.getLogger(LifecycleAttempt.class);

    private final Assignment assignment;
    private final Workshop shop;
    private final Task task;

    LifecycleAttempt(Assignment assignment, Workshop shop) {
        this.assignment = assignment;
        this.shop = shop;
        this.task = new Task(assignment, shop);
    }

    @Override
    public Assignment assignment() {
        return assignment;
    }

    @Override
    public void cancel() {
        if (task.cancel()) {
            log.info(
                    "cancel heard vm={} job={} attempt={}",
                    assignment.vm(),
                    job(),
                    attempt().attempt());
        }
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
        // No later than the log of the VM that this may make.
        long output = shop.offsets().lowerBound(assignment.partition());
        Claim claim =
                shop.rows().claim(attempt(), assignment.kind(), assignment.vm(), assignment.generation(), null, output);
        return switch (claim) {
            case Claim.Won(VmRow vm) -> {
                task.timing().lap("claim");
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
        if (assignment.kind() == JobKind.RESTORE && shop.vms().unsettled(assignment.vm())) {
            // Which of its two VMMs runs is not known, so neither is given up; looked at again with the next sweep.
            return () -> log.info("attempt waits until its vm answers vm={} job={}", assignment.vm(), job());
        }
        if (!shop.rows().takeOver(attempt(), null)) {
            return () -> {};
        }
        if (work.state() == JobState.CANCELLING) {
            var _ = task.cancel();
        }
        log.info(
                "attempt goes on kind={} vm={} job={} attempt={}",
                assignment.kind(),
                assignment.vm(),
                job(),
                attempt().attempt());
        return end(work(work.vm()));
    }

    private Runnable end(Done done) {
        if (shop.closing().getAsBoolean() && done.outcome().state() != JobState.SUCCEEDED) {
            // What it needed was let go beneath it.
            return () -> log.info("attempt left to the next worker vm={} job={}", assignment.vm(), job());
        }
        Ending ending = assignment.ending(done);
        Ended written = shop.outcomes().write(ending);
        VmChange change = done.change();
        if (change != null && change.observed() == VmObserved.RUNNING) {
            shop.vms().find(assignment.vm(), ending.generationAfter()).ifPresent(shop.watch()::begin);
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

    private Done work(VmRow vm) {
        return switch (assignment.spec()) {
            case JobSpec.Create create -> new CreateWork(task, create).run(vm);
            case JobSpec.Start _ -> new StartWork(task).run(vm);
            case JobSpec.Stop(int graceMillis, String _) -> stop(vm, Duration.ofMillis(graceMillis));
            case JobSpec.Destroy _ -> destroy(vm);
            case JobSpec.Checkpoint(String checkpoint) -> new CheckpointWork(task).run(vm, checkpoint);
            case JobSpec.Restore restore -> new RestoreWork(task, restore).run(vm);
            case JobSpec.Exec _ -> throw new IllegalStateException("an exec is no lifecycle job");
        };
    }

    private Done stop(VmRow vm, Duration grace) {
        VmLife.Stopped how = shop.life().stop(vm, attempt(), grace);
        task.timing().lap("shutdown");
        log.info("vm stopped vm={} job={} how={}", vm.id(), job(), how);
        boolean stepped = vm.observed() == VmObserved.RUNNING || vm.observed() == VmObserved.STOPPING;
        // That it is meant to be stopped was written when that was asked for; a start may have been since.
        return new Done(task.succeeded(), stepped ? VmChange.stopped(how == VmLife.Stopped.KILLED) : null);
    }

    private Done destroy(VmRow vm) {
        shop.life().erase(vm.id(), LiveVm.Fate.DESTROYED, () -> {
            task.timing().lap("kill");
            shop.crash().hit(CrashPoint.DESTROY_AFTER_KILL);
        });
        task.timing().lap("remove");
        log.info("vm destroyed vm={} job={}", vm.id(), job());
        return new Done(task.succeeded(), VmChange.destroyed());
    }

    private ExecId attempt() {
        return assignment.attempt();
    }

    private String job() {
        return assignment.attempt().job();
    }
}
