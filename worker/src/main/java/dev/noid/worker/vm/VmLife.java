package dev.noid.worker.vm;

import dev.noid.schema.Deadline;
import dev.noid.schema.ExecId;
import dev.noid.schema.job.JobError;
import dev.noid.schema.job.JobKind;
import dev.noid.worker.CrashPoint;
import dev.noid.worker.CrashPoints;
import dev.noid.worker.engine.Boot;
import dev.noid.worker.engine.Engine;
import dev.noid.worker.engine.EngineResult;
import dev.noid.worker.engine.Machine;
import dev.noid.worker.engine.RunFiles;
import dev.noid.worker.store.VmRow;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The steps of a VM's life on this host. Each that can't be taken back is announced in `vm.json` first; each can be
/// done again. Who calls them holds the VM's lock.
public final class VmLife {
    private static final Logger log = LoggerFactory.getLogger(VmLife.class);
    private static final Duration DISK_TIME = Duration.ofSeconds(60);
    /// A guest under emulation, on a host whose processors are all busy, may take this long.
    private static final Duration BOOT_TIME = Duration.ofSeconds(90);
    /// Within which a running agent answers a new session.
    private static final Duration ADOPT_TIME = Duration.ofSeconds(10);
    /// How long the agent gets to see the request to shut down, for the crash point after it.
    private static final Duration SHUTDOWN_SEEN = Duration.ofMillis(30);

    private final Engine engine;
    private final VmDirectories directories;
    private final Images images;
    private final Vms vms;
    private final VmLogs logs;
    private final CrashPoints crash;

    public VmLife(Engine engine, VmDirectories directories, Images images, Vms vms, VmLogs logs, CrashPoints crash) {
        this.engine = engine;
        this.directories = directories;
        this.images = images;
        this.vms = vms;
        this.logs = logs;
        this.crash = crash;
    }

    /// Of a VM that is to be made.
    public VmRecord record(VmRow row, ExecId attempt) {
        return VmRecord.of(
                row, engine.name(), JobKind.CREATE, attempt.job(), attempt.attempt(), VmRecord.Step.DIRECTORY);
    }

    public VmRecord makeDirectory(VmRow row, ExecId attempt) {
        VmDirectory directory = directories.of(row.id());
        directory.make();
        VmRecord record = record(row, attempt);
        directory.write(record);
        crash.hit(CrashPoint.CREATE_AFTER_DIRECTORY);
        return record;
    }

    /// The record of the answer says what the disk is made of.
    public EngineResult<VmRecord> makeDisk(VmRecord record) {
        Optional<Path> image = images.find(record.image());
        if (image.isEmpty()) {
            return new EngineResult.Failed<>(
                    JobError.host("image_missing", "This host does not have the image " + record.image() + "."), true);
        }
        VmDirectory directory = directories.of(record.vm());
        directory.write(record.at(VmRecord.Step.DISK));
        EngineResult<Engine.Disk> disk =
                LocalRetry.call(() -> engine.prepare(directory.home(), boot(record), Deadline.after(DISK_TIME)));
        crash.hit(CrashPoint.CREATE_AFTER_DISK);
        return switch (disk) {
            case EngineResult.Failed<Engine.Disk>(JobError error, boolean retryable) ->
                new EngineResult.Failed<>(error, retryable);
            case EngineResult.Ok<Engine.Disk>(Engine.Disk made) ->
                new EngineResult.Ok<>(record.withLayers(made.layers()));
        };
    }

    /// What is known of a VM that is or was here.
    public Optional<VmRecord> known(String vm) {
        return directories.of(vm).read();
    }

    /// What is about to be done to it.
    public void write(VmRecord record) {
        directories.of(record.vm()).write(record);
    }

    /// A VMM of this generation has been started.
    public boolean hasVmm(String vm, long generation) {
        return directories.of(vm).hasVmm(generation);
    }

    /// What is known of a VM that has been here before, ready for its next generation. Empty when its files are
    /// gone, or laid out as before version 2, which nobody has.
    public Optional<VmRecord> nextGeneration(VmRow row, ExecId attempt) {
        return known(row.id())
                .filter(record -> !record.layers().isEmpty())
                .map(record -> record.started(row.generation(), attempt.job(), attempt.attempt()));
    }

    /// Starts the VMM and waits for the agent. Not watched yet: first its row says that it runs.
    public EngineResult<LiveVm> start(VmRecord record) {
        VmDirectory directory = directories.of(record.vm());
        directory.write(record.at(VmRecord.Step.START));
        if (record.operation() == JobKind.CREATE) {
            crash.during(CrashPoint.CREATE_AFTER_VMM_START, () -> directory.hasVmm(record.generation()));
        } else {
            discardOthers(directory, record); // what they said at their end stays until here
        }
        EngineResult<Machine> started =
                LocalRetry.call(() -> engine.start(directory.home(), boot(record), Deadline.after(BOOT_TIME)));
        return switch (started) {
            case EngineResult.Failed<Machine>(JobError error, boolean retryable) ->
                new EngineResult.Failed<>(error, retryable);
            case EngineResult.Ok<Machine>(Machine machine) -> {
                if (record.operation() == JobKind.CREATE) {
                    crash.hit(CrashPoint.CREATE_AFTER_AGENT_HELLO);
                }
                VmRecord running = record.running(machine.pid());
                // Known first: should the write fail, the undo finds it.
                LiveVm live = new LiveVm(running, machine);
                vms.put(live);
                directory.write(running);
                yield new EngineResult.Ok<>(live);
            }
        };
    }

    /// While its template is made of it, its guest is nobody's, as one that was loaded: the next worker starts over.
    ///
    /// @param own whether it is somebody of its own now
    public void rehearses(LiveVm live, boolean own) {
        VmRecord record = live.record().at(own ? VmRecord.Step.RUNNING : VmRecord.Step.LOAD);
        live.record(record);
        directories.of(record.vm()).write(record);
    }

    /// What a stop met.
    public enum Stopped {
        NOTHING_RAN,
        IN_ORDER,
        /// The guest did not end in time: what it had written and not synced is lost.
        KILLED
    }

    /// Shuts a VM down, its files stay.
    public Stopped stop(VmRow row, ExecId attempt, Duration grace) {
        VmDirectory directory = directories.of(row.id());
        Optional<VmRecord> record = directory
                .read()
                .map(it -> it.begin(JobKind.STOP, attempt.job(), attempt.attempt(), VmRecord.Step.STOP));
        record.ifPresent(directory::announce);
        Deadline seen = Deadline.after(SHUTDOWN_SEEN);
        crash.during(CrashPoint.STOP_AFTER_SHUTDOWN_SENT, seen::passed);
        Stopped how = end(row.id(), grace, LiveVm.Fate.STOPPED);
        record.ifPresent(it -> directory.announce(it.at(VmRecord.Step.STOPPED)));
        return how;
    }

    /// After a start that came to nothing: its VMM, if there is one, is ended, and the files stay as they were.
    public void undoStart(VmRecord record) {
        end(record.vm(), null, LiveVm.Fate.STOPPED);
        directories.of(record.vm()).announce(record.at(VmRecord.Step.STOPPED));
    }

    /// Ends the VMM and removes everything the VM had here. Also the undo of a create.
    public void erase(String vm, LiveVm.Fate fate, Runnable killed) {
        VmDirectory directory = directories.of(vm);
        directory.read().ifPresent(record -> directory.announce(record.at(VmRecord.Step.REMOVE)));
        end(vm, null, fate);
        directory.read().ifPresent(record -> discardOthers(directory, record));
        killed.run();
        logs.end(vm);
        directory.remove();
    }

    /// Looks for a VMM that an earlier worker left running. Empty when there is none.
    EngineResult<Optional<LiveVm>> adopt(VmDirectory directory) {
        Optional<VmRecord> record = directory.read();
        if (record.isEmpty()) {
            return new EngineResult.Ok<>(Optional.empty());
        }
        if (unborn(record.get())) {
            return new EngineResult.Ok<>(Optional.empty());
        }
        discardOthers(directory, record.get());
        directory.keepLayers(record.get().layers());
        return switch (engine.adopt(directory.home(), boot(record.get()), Deadline.after(ADOPT_TIME))) {
            case EngineResult.Failed<Optional<Machine>>(JobError error, boolean retryable) ->
                new EngineResult.Failed<>(error, retryable);
            case EngineResult.Ok<Optional<Machine>>(Optional<Machine> machine) ->
                new EngineResult.Ok<>(machine.map(it -> {
                    LiveVm live = new LiveVm(record.get().running(it.pid()), it);
                    it.guest().onLog(logs.of(directory, record.get()));
                    vms.put(live);
                    return live;
                }));
        };
    }

    /// Its guest may not be somebody of its own yet, so it must not go on; its create starts over. Nor what is being
    /// removed: that may have been such a one.
    private static boolean unborn(VmRecord record) {
        return record.operation() == JobKind.CREATE
                && (record.step() == VmRecord.Step.LOAD || record.step() == VmRecord.Step.REMOVE);
    }

    /// Of a restore, either the old one or the new one goes on, as `vm.json` says.
    private void discardOthers(VmDirectory directory, VmRecord record) {
        try {
            for (long generation : RunFiles.generations(directory.home())) {
                if (generation != record.generation()) {
                    engine.discard(directory.home(), boot(record, generation));
                    log.info(
                            "generation discarded vm={} generation={} current={}",
                            record.vm(),
                            generation,
                            record.generation());
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// @param grace null: killed, as nobody needs its files
    private Stopped end(String vm, @Nullable Duration grace, LiveVm.Fate fate) {
        Optional<LiveVm> live = vms.find(vm);
        return live.isPresent() ? end(live.get(), grace, fate) : endUnknown(directories.of(vm), grace, fate);
    }

    private Stopped end(LiveVm live, @Nullable Duration grace, LiveVm.Fate fate) {
        live.willBe(fate);
        Machine.Ended ended =
                grace == null ? live.machine().kill() : live.machine().stop(grace);
        vms.remove(live);
        live.hasEnded(ended);
        live.machine().close();
        logs.end(live.record().vm());
        return ended.orderly() ? Stopped.IN_ORDER : Stopped.KILLED;
    }

    /// A VMM may run that this worker does not know. Only to end in order it has to answer.
    private Stopped endUnknown(VmDirectory directory, @Nullable Duration grace, LiveVm.Fate fate) {
        Stopped silent = Stopped.NOTHING_RAN;
        if (grace != null) {
            switch (adopt(directory)) {
                case EngineResult.Ok<Optional<LiveVm>>(Optional<LiveVm> found) -> {
                    return found.map(live -> end(live, grace, fate)).orElse(Stopped.NOTHING_RAN);
                }
                case EngineResult.Failed<Optional<LiveVm>> _ -> silent = Stopped.KILLED;
            }
        }
        directory.read().ifPresent(record -> {
            engine.kill(directory.home(), boot(record));
            discardOthers(directory, record);
        });
        vms.unsettled(directory.vm(), false);
        return silent;
    }

    private Boot boot(VmRecord record) {
        return images.boot(record);
    }

    private Boot boot(VmRecord record, long generation) {
        return new Boot(record.name(), images.path(record.image()), record.shape(), generation, List.of());
    }
}
