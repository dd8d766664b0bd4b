package dev.noid.worker.job;

import dev.noid.schema.job.JobError;
import dev.noid.schema.job.JobSpec;
import dev.noid.schema.job.JobState;
import dev.noid.schema.vm.VmObserved;
import dev.noid.worker.CrashPoint;
import dev.noid.worker.checkpoint.SavedDirectory;
import dev.noid.worker.engine.EngineResult;
import dev.noid.worker.store.CheckpointChange;
import dev.noid.worker.store.VmChange;
import dev.noid.worker.store.VmRow;
import dev.noid.worker.vm.LiveVm;
import dev.noid.worker.vm.VmRecord;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Makes a VM: of a checkpoint, of its image's template, or by a cold boot. What fails is undone as a whole.
final class CreateWork {
    private static final Logger log = LoggerFactory.getLogger(CreateWork.class);

    private final Task task;
    private final JobSpec.Create spec;
    private final Checkpointing tools;

    CreateWork(Task task, JobSpec.Create spec) {
        this.task = task;
        this.spec = spec;
        this.tools = task.shop().checkpointing();
    }

    Done run(VmRow vm) {
        if (vm.observed() != VmObserved.PENDING && vm.observed() != VmObserved.STARTING) {
            return task.unfit(vm);
        }
        Optional<LiveVm> already = task.shop().vms().find(vm.id(), vm.generation());
        if (already.isPresent() && !task.cancelled()) {
            return running(already.get()); // before the worker died; only the rows lack
        }
        try {
            EngineResult<LiveVm> made = make(vm);
            return switch (made) {
                case EngineResult.Ok<LiveVm>(LiveVm live) ->
                    task.cancelled() ? failed(vm, Task.abandoned(), false) : running(live);
                case EngineResult.Failed<LiveVm>(JobError error, boolean retryable) -> failed(vm, error, retryable);
            };
        } catch (UncheckedIOException e) {
            // The host's disk, full or broken: another host may have a better one.
            log.warn("vm files not made vm={} job={}", vm.id(), task.job(), e);
            return failed(vm, JobError.host("host_files", "The VM's files could not be made on its host."), true);
        }
    }

    private EngineResult<LiveVm> make(VmRow vm) {
        if (spec.checkpoint() != null) {
            return fork(afresh(vm), spec.checkpoint());
        }
        erase(vm);
        Optional<LiveVm> warm = task.cancelled()
                ? Optional.empty()
                : tools.pool().take(task.shop().life().record(vm, task.attempt()));
        task.timing().lap("pool");
        if (warm.isPresent()) {
            return new EngineResult.Ok<>(warm.get());
        }
        VmRecord record = afresh(vm);
        Optional<SavedDirectory> template = tools.templates().find(record);
        if (template.isPresent()) {
            EngineResult<LiveVm> loaded =
                    load(record, template.get().name(), template.get().path());
            if (loaded instanceof EngineResult.Ok<LiveVm> || task.cancelled()) {
                return loaded;
            }
            log.warn("template not loaded, removed, booting instead vm={} result={}", vm.id(), loaded);
            template.get().remove();
            record = afresh(vm);
        }
        return boot(record);
    }

    /// After a crash, or a try that failed: whatever that left goes first.
    private VmRecord afresh(VmRow vm) {
        erase(vm);
        return task.shop().life().makeDirectory(vm, task.attempt());
    }

    private void erase(VmRow vm) {
        task.shop().life().erase(vm.id(), LiveVm.Fate.DESTROYED, () -> {});
    }

    private EngineResult<LiveVm> boot(VmRecord record) {
        EngineResult<VmRecord> disk =
                task.cancelled() ? abandoned() : task.shop().life().makeDisk(record);
        task.timing().lap("disk");
        return switch (disk) {
            case EngineResult.Failed<VmRecord>(JobError error, boolean retryable) ->
                new EngineResult.Failed<>(error, retryable);
            case EngineResult.Ok<VmRecord>(VmRecord ready) -> {
                EngineResult<LiveVm> started =
                        task.cancelled() ? abandoned() : task.shop().life().start(ready);
                task.timing().lap("boot");
                if (started instanceof EngineResult.Ok<LiveVm>(LiveVm live) && !becomesTemplate(live)) {
                    // The next try finds the template.
                    yield new EngineResult.Failed<>(
                            JobError.host(
                                    "guest_not_reinitialised",
                                    "The VM did not become another than the template made of it."),
                            true);
                }
                yield started;
            }
        };
    }

    /// False when it did not become another than the template made of it.
    private boolean becomesTemplate(LiveVm live) {
        task.shop().life().rehearses(live, false);
        boolean own = tools.templates().make(live, task::cancelled, task.timing());
        if (own) {
            task.shop().life().rehearses(live, true);
        }
        return own;
    }

    private EngineResult<LiveVm> fork(VmRecord record, String checkpoint) {
        Optional<SavedDirectory> saved = tools.rows()
                .find(checkpoint)
                .map(row -> tools.store().of(row.vm(), row.id()))
                .filter(place -> place.read().isPresent());
        if (saved.isEmpty()) {
            return new EngineResult.Failed<>(RestoreWork.gone(checkpoint), false);
        }
        Optional<JobError> against = tools.restores().check(saved.get().path(), record);
        if (against.isPresent()) {
            return new EngineResult.Failed<>(against.get(), false);
        }
        return load(record, checkpoint, saved.get().path());
    }

    /// @param from checkpoint or template
    private EngineResult<LiveVm> load(VmRecord record, String from, Path saved) {
        VmRecord intent = record.loading(from);
        task.shop().life().write(intent);
        EngineResult<VmRecord> loaded =
                task.cancelled() ? abandoned() : tools.restores().load(intent, saved);
        task.timing().lap("load");
        return switch (loaded) {
            case EngineResult.Failed<VmRecord>(JobError error, boolean retryable) ->
                new EngineResult.Failed<>(error, retryable);
            case EngineResult.Ok<VmRecord>(VmRecord ready) -> {
                hit(CrashPoint.FORK_AFTER_LOAD);
                if (spec.checkpoint() != null) {
                    task.shop().crash().during(CrashPoint.FORK_AFTER_VMM_START, () -> task.shop()
                            .life()
                            .hasVmm(record.vm(), record.generation()));
                }
                EngineResult<LiveVm> forked =
                        task.cancelled() ? abandoned() : tools.restores().fork(ready);
                task.timing().lap("restore");
                if (forked instanceof EngineResult.Ok<LiveVm>(LiveVm live)) {
                    hit(CrashPoint.FORK_AFTER_REINIT);
                    live.machine().guest().thaw();
                    hit(CrashPoint.FORK_AFTER_THAW);
                }
                yield forked;
            }
        };
    }

    private void hit(CrashPoint point) {
        if (spec.checkpoint() != null) {
            task.shop().crash().hit(point);
        }
    }

    private Done running(LiveVm live) {
        VmChange runs =
                VmChange.running(live.machine().guest().bootId(), live.machine().pid());
        log.info(
                "vm runs vm={} name={} generation={} pid={} from={} job={} timing={}",
                live.record().vm(),
                live.record().name(),
                live.record().generation(),
                live.machine().pid(),
                live.record().source(),
                task.job(),
                task.timing().total());
        if (spec.checkpoint() == null) {
            tools.pool().used(live.record());
            return new Done(task.succeeded(), runs);
        }
        return new Done(task.succeeded(), runs, List.of(new CheckpointChange.Current(spec.checkpoint())));
    }

    private Done failed(VmRow vm, JobError error, boolean retryable) {
        erase(vm);
        task.timing().lap("undo");
        if (task.cancelled()) {
            return new Done(task.ended(JobState.CANCELLED, Task.abandoned()), VmChange.destroyed());
        }
        log.warn(
                "vm creation failed, everything undone vm={} job={} error={} \"{}\"",
                vm.id(),
                task.job(),
                error.code(),
                error.message());
        boolean again = retryable
                && error.fault() != JobError.Fault.USER
                && task.attempt().attempt() < Outcomes.TRIES;
        return again
                ? new Done(task.ended(JobState.RETRY_WAIT, error), VmChange.to(VmObserved.PENDING))
                : new Done(task.ended(JobState.FAILED, error), VmChange.destroyed());
    }

    private static <T> EngineResult<T> abandoned() {
        return new EngineResult.Failed<>(Task.abandoned(), false);
    }
}
