package dev.noid.worker.vm;

import dev.noid.schema.Deadline;
import dev.noid.schema.job.JobError;
import dev.noid.worker.checkpoint.SavedDirectory;
import dev.noid.worker.engine.Engine;
import dev.noid.worker.engine.EngineResult;
import dev.noid.worker.engine.Machine;
import dev.noid.worker.engine.PausedMachine;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Makes VMs that nobody has yet, gives them away and ends them. Such a VM was loaded from a template, made
/// somebody of its own, used once, and stands still.
public final class PoolVms {
    private static final Logger log = LoggerFactory.getLogger(PoolVms.class);
    private static final String NAME = "pool";
    private static final Duration MAKE_TIME = Duration.ofSeconds(60);
    /// Under emulation the second command still takes twice as long to begin as the third: 9 ms and 4.5.
    private static final int EXERCISES = 3;

    private static final Duration EXERCISE_TIME = Duration.ofSeconds(20);
    private static final Duration TAKE_TIME = Duration.ofSeconds(10);

    private final Engine engine;
    private final VmDirectories directories;
    private final Images images;
    private final Vms vms;
    private final Identities identities = new Identities();
    private final Rehearsal rehearsal = new Rehearsal();

    public PoolVms(Engine engine, VmDirectories directories, Images images, Vms vms) {
        this.engine = engine;
        this.directories = directories;
        this.images = images;
        this.vms = vms;
    }

    /// One that can be given away.
    record Ready(VmDirectory directory, VmRecord record, PausedMachine paused) {}

    /// Empty when it did not work out, and then nothing is left of it.
    Optional<Ready> make(SavedDirectory template, VmRecord like) {
        String id = NAME + "-" + UUID.randomUUID();
        VmDirectory directory = directories.makeInPool(id);
        VmRecord record = like.pooled(id, template.name());
        try {
            directory.write(record);
            Deadline deadline = Deadline.after(MAKE_TIME);
            return switch (engine.load(directory.home(), images.boot(record), template.path(), deadline)) {
                case EngineResult.Failed<Engine.Disk>(JobError error, boolean _) -> failed(directory, error);
                case EngineResult.Ok<Engine.Disk>(Engine.Disk disk) ->
                    start(directory, record.withLayers(disk.layers()), deadline);
            };
        } catch (RuntimeException e) {
            end(directory);
            throw e;
        }
    }

    private Optional<Ready> start(VmDirectory directory, VmRecord record, Deadline deadline) {
        directory.write(record);
        return switch (engine.restore(directory.home(), images.boot(record), identities.fork(NAME), deadline)) {
            case EngineResult.Failed<Machine>(JobError error, boolean _) -> failed(directory, error);
            case EngineResult.Ok<Machine>(Machine machine) -> exercise(directory, record, machine);
        };
    }

    /// What a guest does first after it was loaded is slow, so that is done now.
    private Optional<Ready> exercise(VmDirectory directory, VmRecord record, Machine machine) {
        machine.guest().thaw();
        if (!rehearsal.run(machine.guest(), record.vm(), EXERCISES, Deadline.after(EXERCISE_TIME))) {
            machine.kill();
            return failed(directory, JobError.host("agent_silent", "a pool VM ran nothing"));
        }
        return switch (machine.pause(Deadline.after(EXERCISE_TIME))) {
            case EngineResult.Failed<PausedMachine>(JobError error, boolean _) -> {
                machine.kill();
                yield failed(directory, error);
            }
            case EngineResult.Ok<PausedMachine>(PausedMachine paused) ->
                Optional.of(new Ready(directory, record, paused));
        };
    }

    private Optional<Ready> failed(VmDirectory directory, JobError error) {
        log.warn("pool vm not made id={} error={} \"{}\"", directory.vm(), error.code(), error.message());
        end(directory);
        return Optional.empty();
    }

    /// Makes it the VM of this record: its home moves, its guest becomes somebody else, and goes on. Not watched yet:
    /// first its row says that it runs. Whatever dies on the way, `vm.json` says LOAD until the guest is who it is.
    EngineResult<LiveVm> give(Ready ready, VmRecord to) {
        Machine machine = ready.paused().machine();
        if (machine.ended().toCompletableFuture().isDone()) {
            machine.close();
            end(ready.directory());
            return new EngineResult.Failed<>(JobError.host("vm_died", "The VM from the pool had ended."), true);
        }
        try {
            return moved(ready, to);
        } catch (UncheckedIOException e) {
            log.warn("pool vm not given id={} vm={}", ready.directory().vm(), to.vm(), e);
            end(ready);
            return new EngineResult.Failed<>(
                    JobError.host("host_files", "The VM from the pool could not be moved."), true);
        }
    }

    private EngineResult<LiveVm> moved(Ready ready, VmRecord to) {
        VmRecord intent = to.withLayers(ready.record().layers());
        ready.directory().writeForNow(intent);
        VmDirectory directory = directories.handOver(ready.directory(), to.vm());
        VmRecord running = intent.running(ready.paused().machine().pid());
        LiveVm live = new LiveVm(running, ready.paused().machine());
        // Known first: should anything fail, the undo finds it.
        vms.put(live);
        Deadline deadline = Deadline.after(TAKE_TIME);
        return switch (ready.paused().moveOn(directory.home(), images.boot(intent), deadline)) {
            case EngineResult.Failed<Machine>(JobError error, boolean retryable) ->
                new EngineResult.Failed<>(error, retryable);
            case EngineResult.Ok<Machine> _ -> given(directory, live, deadline);
        };
    }

    private EngineResult<LiveVm> given(VmDirectory directory, LiveVm live, Deadline deadline) {
        Machine machine = live.machine();
        VmRecord running = live.record();
        if (!machine.guest().reinit(identities.fork(running.name()), deadline.left())) {
            return new EngineResult.Failed<>(
                    JobError.host("guest_not_reinitialised", "The VM from the pool did not become another."), true);
        }
        directory.write(running);
        machine.guest().thaw();
        return new EngineResult.Ok<>(live);
    }

    void end(Ready ready) {
        uninterrupted(() -> {
            ready.paused().machine().kill();
            ready.paused().machine().close();
        });
        end(ready.directory());
    }

    /// Also of a worker before this one.
    void end(VmDirectory directory) {
        uninterrupted(() -> {
            directory.read().ifPresent(record -> engine.discard(directory.home(), images.boot(record)));
            directory.remove();
        });
    }

    /// An interrupt would break what ends it.
    private static void uninterrupted(Runnable what) {
        boolean interrupted = Thread.interrupted();
        try {
            what.run();
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    void endAll() {
        directories.pooled().forEach(this::end);
    }
}
