package dev.noid.worker.job;

import dev.noid.schema.job.JobError;
import dev.noid.schema.job.JobState;
import dev.noid.schema.vm.VmObserved;
import dev.noid.worker.engine.EngineResult;
import dev.noid.worker.store.VmChange;
import dev.noid.worker.store.VmRow;
import dev.noid.worker.vm.LiveVm;
import dev.noid.worker.vm.VmRecord;
import java.io.UncheckedIOException;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Starts a stopped VM from its files: always a cold boot.
final class StartWork {
    private static final Logger log = LoggerFactory.getLogger(StartWork.class);

    private final Task task;

    StartWork(Task task) {
        this.task = task;
    }

    Done run(VmRow vm) {
        if (vm.observed() == VmObserved.RUNNING || vm.observed() == VmObserved.DESTROYED) {
            return task.unfit(vm);
        }
        Optional<LiveVm> already = task.shop().vms().find(vm.id(), vm.generation());
        if (already.isPresent() && !task.cancelled()) {
            return running(already.get()); // before the worker died; only the rows lack
        }
        Optional<VmRecord> record = task.shop().life().nextGeneration(vm, task.attempt());
        if (record.isEmpty()) {
            return new Done(
                    task.ended(
                            JobState.FAILED, JobError.host("vm_files_gone", "The VM's files are gone from its host.")),
                    VmChange.failed("The VM's files are gone from its host."));
        }
        task.shop().life().undoStart(record.get());
        try {
            return switch (boot(record.get())) {
                case EngineResult.Ok<LiveVm>(LiveVm live) ->
                    task.cancelled() ? failed(record.get(), Task.abandoned()) : running(live);
                case EngineResult.Failed<LiveVm>(JobError error, boolean _) -> failed(record.get(), error);
            };
        } catch (UncheckedIOException e) {
            log.warn("vm files not written vm={} job={}", vm.id(), task.job(), e);
            return failed(
                    record.get(), JobError.host("host_files", "The VM's files could not be written on its host."));
        }
    }

    private EngineResult<LiveVm> boot(VmRecord record) {
        EngineResult<LiveVm> started = task.cancelled()
                ? new EngineResult.Failed<>(Task.abandoned(), false)
                : task.shop().life().start(record);
        task.timing().lap("boot");
        return started;
    }

    private Done running(LiveVm live) {
        log.info(
                "vm runs vm={} name={} generation={} pid={} job={} timing={}",
                live.record().vm(),
                live.record().name(),
                live.record().generation(),
                live.machine().pid(),
                task.job(),
                task.timing().total());
        return new Done(
                task.succeeded(),
                VmChange.running(live.machine().guest().bootId(), live.machine().pid()));
    }

    private Done failed(VmRecord record, JobError error) {
        task.shop().life().undoStart(record);
        task.timing().lap("undo");
        if (task.cancelled()) {
            return new Done(task.ended(JobState.CANCELLED, Task.abandoned()), VmChange.stopped());
        }
        log.warn(
                "vm start failed vm={} job={} error={} \"{}\"", record.vm(), task.job(), error.code(), error.message());
        return new Done(task.ended(JobState.FAILED, error), VmChange.failed(error.message()));
    }
}
