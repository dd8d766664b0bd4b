package dev.noid.worker.vm;

import dev.noid.schema.Deadline;
import dev.noid.schema.job.JobError;
import dev.noid.worker.CrashPoint;
import dev.noid.worker.CrashPoints;
import dev.noid.worker.engine.Boot;
import dev.noid.worker.engine.Engine;
import dev.noid.worker.engine.EngineResult;
import dev.noid.worker.engine.Machine;
import dev.noid.worker.engine.VmHome;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Makes a VM of what was saved: in the place of one that runs or ran, or a new one. Who calls this holds the VM's
/// lock.
public final class VmRestores {
    private static final Logger log = LoggerFactory.getLogger(VmRestores.class);
    private static final Duration LOAD_TIME = Duration.ofSeconds(60);
    private static final Duration RESTORE_TIME = Duration.ofSeconds(60);

    private final Engine engine;
    private final VmDirectories directories;
    private final Images images;
    private final Vms vms;
    private final VmLogs logs;
    private final CrashPoints crash;
    private final Identities identities = new Identities();

    public VmRestores(
            Engine engine, VmDirectories directories, Images images, Vms vms, VmLogs logs, CrashPoints crash) {
        this.engine = engine;
        this.directories = directories;
        this.images = images;
        this.vms = vms;
        this.logs = logs;
        this.crash = crash;
    }

    /// Why it can't be loaded. Stops and changes nothing.
    public Optional<JobError> check(Path saved, VmRecord record) {
        return engine.check(saved, images.boot(record));
    }

    /// Puts what was saved where the record's generation will have it, beside what runs.
    public EngineResult<VmRecord> load(VmRecord record, Path saved) {
        VmHome home = directories.of(record.vm()).home();
        Boot boot = images.boot(record);
        engine.discard(home, boot); // what an earlier try left
        return switch (engine.load(home, boot, saved, Deadline.after(LOAD_TIME))) {
            case EngineResult.Failed<Engine.Disk>(JobError error, boolean retryable) ->
                new EngineResult.Failed<>(error, retryable);
            case EngineResult.Ok<Engine.Disk>(Engine.Disk disk) ->
                new EngineResult.Ok<>(record.withLayers(disk.layers()));
        };
    }

    /// Starts a VMM on it, as the VM that was saved, later. Its guest's processes are frozen.
    public EngineResult<Machine> again(VmRecord loaded) {
        return engine.restore(
                directories.of(loaded.vm()).home(),
                images.boot(loaded),
                identities.again(loaded.name()),
                Deadline.after(RESTORE_TIME));
    }

    /// Starts a VMM on it, as another VM. Not watched yet: first its row says that it runs.
    public EngineResult<LiveVm> fork(VmRecord loaded) {
        VmDirectory directory = directories.of(loaded.vm());
        return switch (engine.restore(
                directory.home(), images.boot(loaded), identities.fork(loaded.name()), Deadline.after(RESTORE_TIME))) {
            case EngineResult.Failed<Machine>(JobError error, boolean retryable) ->
                new EngineResult.Failed<>(error, retryable);
            case EngineResult.Ok<Machine>(Machine machine) -> new EngineResult.Ok<>(forked(directory, loaded, machine));
        };
    }

    private LiveVm forked(VmDirectory directory, VmRecord loaded, Machine machine) {
        VmRecord running = loaded.running(machine.pid());
        // Known first: should the write fail, the undo finds it.
        LiveVm live = new LiveVm(running, machine);
        machine.guest().onLog(logs.of(directory, running));
        vms.put(live);
        // Before the thaw: what says LOAD never runs, because nobody can tell later whether it is somebody of its own.
        directory.write(running);
        return live;
    }

    /// The commit: from here on the VM is the new one, whatever dies. Its guest goes on, the old one ends. Throws
    /// UncheckedIOException when the commit could not be written: then the VM still is the old one.
    ///
    /// @param thawed hears that the new one goes on
    public LiveVm replace(VmRecord loaded, Machine machine, Optional<LiveVm> old, Runnable thawed) {
        VmDirectory directory = directories.of(loaded.vm());
        VmRecord running = loaded.running(machine.pid());
        crash.hit(CrashPoint.RESTORE_BEFORE_COMMIT);
        commit(directory, running);
        crash.hit(CrashPoint.RESTORE_AFTER_COMMIT);
        LiveVm live = new LiveVm(running, machine);
        machine.guest().onLog(logs.of(directory, running));
        old.ifPresent(it -> it.willBe(LiveVm.Fate.RESTORED));
        vms.put(live);
        machine.guest().thaw();
        thawed.run();
        try {
            old.ifPresent(it -> end(directory.home(), it, loaded));
            directory.keepLayers(running.layers());
        } catch (RuntimeException e) {
            // Committed is committed; what is left goes at the next start.
            log.error("the replaced one is not gone vm={} generation={}", loaded.vm(), loaded.generation() - 1, e);
        }
        crash.hit(CrashPoint.RESTORE_AFTER_KILL_OLD);
        return live;
    }

    private static void commit(VmDirectory directory, VmRecord running) {
        try {
            directory.write(running);
        } catch (UncheckedIOException e) {
            if (directory.read().filter(running::equals).isEmpty()) {
                throw e;
            }
            log.warn("vm.json written, but perhaps not durable vm={}", running.vm(), e);
        }
    }

    private void end(VmHome home, LiveVm old, VmRecord by) {
        // Told before its end: nothing that it said is missing, as its guest was quiesced.
        old.hasEnded(new Machine.Ended(false, by.source()));
        old.machine().kill();
        old.machine().close();
        engine.discard(home, images.boot(old.record()));
    }

    /// After a restore that came to nothing: what was loaded goes, and `vm.json` says again what it said.
    public void undo(VmRecord loaded, VmRecord was) {
        VmDirectory directory = directories.of(loaded.vm());
        engine.discard(directory.home(), images.boot(loaded));
        directory.goBack(was);
    }
}
