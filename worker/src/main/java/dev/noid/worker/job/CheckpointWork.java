package dev.noid.worker.job;

import dev.noid.schema.job.CheckpointResult;
import dev.noid.schema.job.JobError;
import dev.noid.schema.job.JobKind;
import dev.noid.schema.vm.VmObserved;
import dev.noid.worker.CrashPoint;
import dev.noid.worker.checkpoint.Manifest;
import dev.noid.worker.checkpoint.Room;
import dev.noid.worker.checkpoint.SavedDirectory;
import dev.noid.worker.engine.EngineResult;
import dev.noid.worker.store.CheckpointChange;
import dev.noid.worker.store.CheckpointRow;
import dev.noid.worker.store.VmRow;
import dev.noid.worker.vm.LiveVm;
import dev.noid.worker.vm.VmRecord;
import dev.noid.worker.vm.VmSaves;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Keeps a running VM as it is now. Whatever goes wrong, the VM goes on, and nothing half made stays.
final class CheckpointWork {
    private static final Logger log = LoggerFactory.getLogger(CheckpointWork.class);

    private final Task task;
    private final Checkpointing tools;

    CheckpointWork(Task task) {
        this.task = task;
        this.tools = task.shop().checkpointing();
    }

    Done run(VmRow vm, String id) {
        SavedDirectory place = tools.store().of(vm.id(), id);
        Optional<Manifest> whole = place.read();
        if (whole.isPresent()) {
            return made(whole.get()); // before the worker died; only its row lacks
        }
        Optional<LiveVm> live = task.shop().vms().find(vm.id(), vm.generation());
        if (vm.observed() != VmObserved.RUNNING || live.isEmpty()) {
            return failed(JobError.user(
                    "vm_not_running",
                    "The VM does not run, so there is no memory to keep.",
                    "Start it first: noid start NAME"));
        }
        Optional<JobError> lacking = tools.lacking(live.get(), false, task);
        if (lacking.isPresent()) {
            return failed(lacking.get());
        }
        try {
            Optional<CheckpointRow> row = tools.rows().find(id);
            Done done = row.map(it -> make(live.get(), it, place))
                    .orElseGet(() -> failed(JobError.platform("checkpoint_gone", "The checkpoint has no row.")));
            if (done.checkpoints().isEmpty()) {
                tools.store().remove(place);
            }
            return done;
        } catch (RuntimeException e) {
            log.warn("checkpoint not made vm={} job={}", vm.id(), task.job(), e);
            tools.store().remove(place);
            return failed(errorOf(e, false));
        }
    }

    private Done make(LiveVm live, CheckpointRow row, SavedDirectory place) {
        VmSaves.Into fresh = tools.begin(row, place, live.record());
        VmRecord intent = live.record()
                .begin(JobKind.CHECKPOINT, task.job(), task.attempt().attempt(), VmRecord.Step.CHECKPOINT);
        return switch (tools.saves().save(live, intent, fresh, task::cancelled, task.timing())) {
            case EngineResult.Failed<VmSaves.Still>(JobError error, boolean _) -> failed(error);
            case EngineResult.Ok<VmSaves.Still>(VmSaves.Still still) -> {
                double pause = tools.saves().goOn(still);
                task.timing().lap("resume");
                task.shop().crash().hit(CrashPoint.CHECKPOINT_AFTER_RESUME);
                if (task.cancelled()) {
                    yield failed(Task.abandoned());
                }
                EngineResult<Manifest> kept = tools.saves()
                        .keep(still, place, VmSaves.About.of(row, pause), () -> task.shop()
                                .crash()
                                .hit(CrashPoint.CHECKPOINT_AFTER_MANIFEST));
                task.timing().lap("durable");
                task.shop().crash().hit(CrashPoint.CHECKPOINT_AFTER_RENAME);
                yield switch (kept) {
                    case EngineResult.Failed<Manifest>(JobError error, boolean _) -> failed(error);
                    case EngineResult.Ok<Manifest>(Manifest manifest) -> made(manifest);
                };
            }
        };
    }

    private Done made(Manifest manifest) {
        log.info(
                "checkpoint made vm={} checkpoint={} job={} pause_ms={} bytes={}",
                manifest.vm(),
                manifest.id(),
                task.job(),
                manifest.pauseMillis(),
                manifest.bytes());
        return new Done(
                task.succeeded(new CheckpointResult(manifest.id(), manifest.pauseMillis(), manifest.bytes())),
                null,
                List.of(complete(task, manifest), new CheckpointChange.Current(manifest.id())));
    }

    private Done failed(JobError error) {
        log.atLevel(task.gravity(error))
                .log(
                        "checkpoint not made, the vm goes on vm={} job={} error={} \"{}\"",
                        task.assignment().vm(),
                        task.job(),
                        error.code(),
                        error.message());
        return new Done(task.undone(error), null);
    }

    /// The row of one that is whole and durable.
    static CheckpointChange.Complete complete(Task task, Manifest manifest) {
        return new CheckpointChange.Complete(
                manifest.id(),
                manifest.fingerprint().parts(),
                manifest.files().stream()
                        .map(file -> new CheckpointChange.File(file.name(), file.bytes()))
                        .toList(),
                manifest.pauseMillis(),
                Objects.requireNonNull(task.timing().total().get("total")));
    }

    static JobError errorOf(RuntimeException e, boolean keep) {
        if (!(e instanceof UncheckedIOException)) {
            return JobError.platform(
                    "checkpoint_failed", "Something unforeseen went wrong; the worker's log says what.");
        }
        String said = String.valueOf(e.getMessage());
        return said.contains("No space left") || said.contains("quota exceeded")
                ? Room.full(keep)
                : JobError.host("host_files", "The checkpoint's files could not be written on the VM's host.");
    }
}
