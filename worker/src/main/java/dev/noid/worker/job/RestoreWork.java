package dev.noid.worker.job;

import dev.noid.schema.job.CheckpointResult;
import dev.noid.schema.job.JobError;
import dev.noid.schema.job.JobKind;
import dev.noid.schema.job.JobSpec;
import dev.noid.schema.job.JobState;
import dev.noid.schema.vm.VmObserved;
import dev.noid.worker.CrashPoint;
import dev.noid.worker.checkpoint.Manifest;
import dev.noid.worker.checkpoint.SavedDirectory;
import dev.noid.worker.engine.EngineResult;
import dev.noid.worker.engine.Machine;
import dev.noid.worker.store.CheckpointChange;
import dev.noid.worker.store.CheckpointRow;
import dev.noid.worker.store.VmChange;
import dev.noid.worker.store.VmRow;
import dev.noid.worker.vm.LiveVm;
import dev.noid.worker.vm.VmRecord;
import dev.noid.worker.vm.VmSaves;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Puts a VM back to a checkpoint: a new VMM beside the old one, then one rename, then the old one's end. Before the
/// rename whatever goes wrong leaves the VM that was there, the same process.
final class RestoreWork {
    private static final Logger log = LoggerFactory.getLogger(RestoreWork.class);

    private final Task task;
    private final JobSpec.Restore spec;
    private final Checkpointing tools;

    RestoreWork(Task task, JobSpec.Restore spec) {
        this.task = task;
        this.spec = spec;
        this.tools = task.shop().checkpointing();
    }

    Done run(VmRow vm) {
        Optional<VmRecord> known = task.shop().life().known(vm.id());
        if (known.isEmpty()) {
            return failed(vm, JobError.host("vm_files_gone", "The VM's files are gone from its host."));
        }
        VmRecord record = known.get();
        if (record.job().equals(task.job()) && record.generation() == vm.generation() + 1) {
            return committed(record); // before the worker died; only the rows lack
        }
        Optional<LiveVm> old = task.shop().vms().find(vm.id(), vm.generation());
        boolean runs = vm.observed() == VmObserved.RUNNING;
        if (runs != old.isPresent()) {
            return failed(vm, JobError.host("vm_silent", "Whether the VM runs is not known now."));
        }
        if (!runs && spec.keep() != null) {
            return failed(
                    vm,
                    JobError.user(
                            "vm_not_running",
                            "The VM does not run any more, so there is nothing to keep first.",
                            "Restore without keeping what runs now (--no-keep)."));
        }
        Optional<SavedDirectory> saved = tools.rows()
                .find(spec.checkpoint())
                .map(row -> tools.store().of(row.vm(), row.id()))
                .filter(place -> place.read().isPresent());
        if (saved.isEmpty()) {
            return failed(vm, gone(spec.checkpoint()));
        }
        Optional<JobError> against = tools.restores().check(saved.get().path(), record);
        if (against.isEmpty() && old.isPresent() && spec.keep() != null) {
            against = tools.lacking(old.get(), true, task);
        }
        return against.map(error -> failed(vm, error))
                .orElseGet(() -> new Try(vm, record, old, saved.get().path()).run());
    }

    static JobError gone(String checkpoint) {
        return JobError.host("checkpoint_gone", "The files of checkpoint " + checkpoint + " are not on this host.");
    }

    /// From the first write on.
    private final class Try {
        private final VmRow vm;
        private final VmRecord was;
        private final Optional<LiveVm> old;
        private final Path saved;
        private final @Nullable CheckpointRow keepRow;
        private final @Nullable SavedDirectory keep;
        private VmRecord loaded;
        private VmSaves.@Nullable Still still;
        private @Nullable Kept kept;
        private double pauseMillis;

        Try(VmRow vm, VmRecord was, Optional<LiveVm> old, Path saved) {
            this.vm = vm;
            this.was = was;
            this.old = old;
            this.saved = saved;
            this.keepRow =
                    spec.keep() == null ? null : tools.rows().find(spec.keep()).orElseThrow();
            this.keep = keepRow == null ? null : tools.store().of(vm.id(), keepRow.id());
            this.loaded = intent().next(List.of(), old.isPresent());
        }

        /// For `vm.json`: the old one still, and what is being loaded.
        private VmRecord intent() {
            VmRecord now = old.map(LiveVm::record).orElse(was);
            return now.begin(JobKind.RESTORE, task.job(), task.attempt().attempt(), VmRecord.Step.LOAD)
                    .loading(spec.checkpoint());
        }

        Done run() {
            try {
                Optional<JobError> error = load();
                if (error.isEmpty() && old.isPresent()) {
                    error = standStill(old.get());
                }
                return error.isPresent() ? undone(error.get()) : restore();
            } catch (RuntimeException e) {
                // Whatever it was: no VM is left standing still.
                log.warn("restore not done vm={} job={}", vm.id(), task.job(), e);
                return undone(CheckpointWork.errorOf(e, spec.keep() != null));
            }
        }

        private Optional<JobError> load() {
            task.shop().life().write(intent());
            if (keep != null) {
                tools.store().remove(keep); // one that was made before the worker died is not what runs now
            }
            EngineResult<VmRecord> result = tools.restores().load(loaded, saved);
            task.timing().lap("load");
            task.shop().crash().hit(CrashPoint.RESTORE_AFTER_LOAD);
            return switch (result) {
                case EngineResult.Failed<VmRecord>(JobError error, boolean _) -> Optional.of(error);
                case EngineResult.Ok<VmRecord>(VmRecord with) -> {
                    loaded = with;
                    yield task.cancelled() ? Optional.of(Task.abandoned()) : Optional.empty();
                }
            };
        }

        private Optional<JobError> standStill(LiveVm runs) {
            EngineResult<VmSaves.Still> stands = keepRow == null || keep == null
                    ? tools.saves().still(runs)
                    : tools.saves()
                            .save(
                                    runs,
                                    intent(),
                                    tools.begin(keepRow, keep, runs.record()),
                                    task::cancelled,
                                    task.timing());
            task.timing().lap("stand_still");
            return switch (stands) {
                case EngineResult.Failed<VmSaves.Still>(JobError error, boolean _) -> mayBeLeft(error);
                case EngineResult.Ok<VmSaves.Still>(VmSaves.Still now) -> {
                    still = now;
                    if (keep != null && keepRow != null) {
                        VmSaves.About about = VmSaves.About.of(keepRow, now.millis());
                        kept = Kept.begin(() -> tools.saves().keep(now, keep, about, () -> {}));
                    }
                    yield Optional.empty();
                }
            };
        }

        /// A guest that does not answer can't be kept, and need not stand still to be replaced: to come back from
        /// such a one is what a restore is for.
        private Optional<JobError> mayBeLeft(JobError error) {
            if (!error.code().equals(Machine.GUEST_NOT_QUIESCED)) {
                return Optional.of(error);
            }
            return keep == null && !task.cancelled()
                    ? Optional.empty()
                    : Optional.of(new JobError(
                            error.code(),
                            error.message(),
                            "what runs can't be kept like this; restore without: --no-keep",
                            error.fault()));
        }

        private Done restore() {
            task.shop().crash().during(CrashPoint.RESTORE_AFTER_VMM_START, () -> task.shop()
                    .life()
                    .hasVmm(vm.id(), loaded.generation()));
            EngineResult<Machine> result = task.cancelled()
                    ? new EngineResult.Failed<>(Task.abandoned(), false)
                    : tools.restores().again(loaded);
            task.timing().lap("restore");
            return switch (result) {
                case EngineResult.Failed<Machine>(JobError error, boolean _) -> undone(error);
                case EngineResult.Ok<Machine>(Machine machine) -> commit(machine);
            };
        }

        private Done commit(Machine machine) {
            try {
                Optional<Manifest> made = Optional.empty();
                if (kept != null) {
                    EngineResult<Manifest> durable = kept.await();
                    task.timing().lap("keep");
                    task.shop().crash().hit(CrashPoint.RESTORE_AFTER_KEEP);
                    if (durable instanceof EngineResult.Failed<Manifest>(JobError error, boolean _)) {
                        return undone(machine, error);
                    }
                    made = Optional.of(((EngineResult.Ok<Manifest>) durable).value());
                }
                if (task.cancelled()) {
                    return undone(machine, Task.abandoned());
                }
                if (machine.ended().toCompletableFuture().isDone()) {
                    return undone(
                            machine, JobError.host("vmm_ended", "The restored VM ended before it was handed over."));
                }
                LiveVm live = tools.restores().replace(loaded, machine, old, this::thawed);
                task.timing().lap("replace");
                return restored(live, made);
            } catch (UncheckedIOException e) {
                log.warn("restore not committed vm={} job={}", vm.id(), task.job(), e);
                return undone(machine, CheckpointWork.errorOf(e, spec.keep() != null));
            }
        }

        private Done undone(Machine machine, JobError error) {
            machine.kill();
            return undone(error);
        }

        private void thawed() {
            pauseMillis = still == null ? 0 : still.millis();
            task.timing().put("still", pauseMillis);
        }

        private Done restored(LiveVm live, Optional<Manifest> made) {
            log.info(
                    "vm restored vm={} checkpoint={} generation={} pid={} kept={} job={} pause_ms={}",
                    vm.id(),
                    spec.checkpoint(),
                    live.record().generation(),
                    live.machine().pid(),
                    made.map(Manifest::id).orElse("nothing"),
                    task.job(),
                    pauseMillis);
            return done(live, made, pauseMillis);
        }

        private Done undone(JobError error) {
            if (still != null) {
                tools.saves().goOn(still);
            }
            if (kept != null) {
                kept.end();
            }
            tools.restores().undo(loaded, old.map(LiveVm::record).orElse(was));
            if (keep != null) {
                tools.store().remove(keep);
            }
            task.timing().lap("undo");
            return failed(vm, error);
        }
    }

    private Done committed(VmRecord record) {
        Optional<Manifest> made = Optional.ofNullable(spec.keep())
                .flatMap(id -> tools.store().of(record.vm(), id).read());
        Optional<LiveVm> live = task.shop().vms().find(record.vm(), record.generation());
        if (live.isEmpty()) {
            JobError error = JobError.host("vm_died", "The VM was restored, and ended right after that.");
            List<CheckpointChange> checkpoints = checkpoints(made);
            return new Done(
                    task.ended(JobState.FAILED, error),
                    VmChange.replacedAndFailed(record.generation(), error.message()),
                    checkpoints);
        }
        return done(live.get(), made, made.map(Manifest::pauseMillis).orElse(0.0));
    }

    private Done done(LiveVm live, Optional<Manifest> made, double pauseMillis) {
        CheckpointResult result = new CheckpointResult(
                made.map(Manifest::id).orElse(null),
                pauseMillis,
                made.map(Manifest::bytes).orElse(0L));
        return new Done(
                task.succeeded(result),
                VmChange.replaced(
                        live.record().generation(),
                        live.machine().guest().bootId(),
                        live.machine().pid()),
                checkpoints(made));
    }

    private List<CheckpointChange> checkpoints(Optional<Manifest> made) {
        List<CheckpointChange> changes = new ArrayList<>();
        made.ifPresent(manifest -> changes.add(CheckpointWork.complete(task, manifest)));
        if (made.isEmpty() && spec.keep() != null) {
            changes.add(new CheckpointChange.Failed(spec.keep()));
        }
        changes.add(new CheckpointChange.Current(spec.checkpoint()));
        return changes;
    }

    /// The VM is what it was; one that was being started for this goes back to what it was too.
    private Done failed(VmRow vm, JobError error) {
        log.atLevel(task.gravity(error))
                .log(
                        "restore came to nothing, the vm is what it was vm={} checkpoint={} job={} error={} \"{}\"",
                        vm.id(),
                        spec.checkpoint(),
                        task.job(),
                        error.code(),
                        error.message());
        VmChange back =
                switch (vm.observed()) {
                    case STOPPED, STARTING -> VmChange.stopped();
                    case FAILED -> VmChange.failed(String.valueOf(vm.reason()));
                    case PENDING, RUNNING, PAUSED, STOPPING, DESTROYED -> null;
                };
        return new Done(task.undone(error), back);
    }
}
