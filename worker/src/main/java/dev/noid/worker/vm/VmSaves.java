package dev.noid.worker.vm;

import dev.noid.schema.Deadline;
import dev.noid.schema.job.JobError;
import dev.noid.schema.job.JobKind;
import dev.noid.worker.CrashPoint;
import dev.noid.worker.CrashPoints;
import dev.noid.worker.checkpoint.Manifest;
import dev.noid.worker.checkpoint.SavedDirectory;
import dev.noid.worker.engine.Boot;
import dev.noid.worker.engine.Engine;
import dev.noid.worker.engine.EngineResult;
import dev.noid.worker.engine.MemoryBase;
import dev.noid.worker.engine.PausedMachine;
import dev.noid.worker.store.CheckpointRow;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Objects;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Makes a running VM stand still and saves it: for a checkpoint, for the one before a restore, for a template. Who
/// calls this holds the VM's lock.
public final class VmSaves {
    private static final Logger log = LoggerFactory.getLogger(VmSaves.class);
    private static final Duration LAYER_TIME = Duration.ofSeconds(30);
    /// To read some GiB; what takes longer is written instead.
    private static final Duration BASE_TIME = Duration.ofSeconds(20);
    /// A guest whose host is busy may need seconds to answer; until it has, it goes on.
    private static final Duration PAUSE_TIME = Duration.ofSeconds(10);
    private static final Duration SAVE_TIME = Duration.ofSeconds(60);
    private static final Duration SEAL_TIME = Duration.ofMinutes(2);

    private final Engine engine;
    private final VmDirectories directories;
    private final Images images;
    private final CrashPoints crash;
    private final InstantSource clock;

    public VmSaves(Engine engine, VmDirectories directories, Images images, CrashPoints crash, InstantSource clock) {
        this.engine = engine;
        this.directories = directories;
        this.images = images;
        this.crash = crash;
        this.clock = clock;
    }

    /// A VM that stands still.
    ///
    /// @param since monotonic nanoseconds
    /// @param boot  what was saved; its layers never change again
    /// @param saved null when nothing was
    public record Still(LiveVm live, PausedMachine paused, long since, Boot boot, PausedMachine.@Nullable Saved saved) {
        public double millis() {
            return Math.round((System.nanoTime() - since) / 1e4) / 100.0;
        }
    }

    /// Only stands still. After a failure it goes on.
    public EngineResult<Still> still(LiveVm live) {
        if (live.machine().ended().toCompletableFuture().isDone()) {
            return new EngineResult.Failed<>(JobError.host("vm_died", "The VM has ended."), false);
        }
        long since = System.nanoTime();
        return switch (live.machine().pause(Deadline.after(PAUSE_TIME))) {
            case EngineResult.Failed<PausedMachine>(JobError error, boolean retryable) ->
                new EngineResult.Failed<>(error, retryable);
            case EngineResult.Ok<PausedMachine>(PausedMachine paused) ->
                new EngineResult.Ok<>(new Still(live, paused, since, images.boot(live.record()), null));
        };
    }

    /// Stands still, and is saved into an empty directory. After a failure, and when nobody wants it any more, it goes
    /// on.
    ///
    /// @param intent what is being done, for `vm.json`
    /// @param into   the directory, and what was saved before
    public EngineResult<Still> save(LiveVm live, VmRecord intent, Into into, BooleanSupplier unwanted, Timing timing) {
        VmDirectory directory = directories.of(live.record().vm());
        Boot below = images.boot(live.record());
        return switch (engine.addLayer(directory.home(), below, Deadline.after(LAYER_TIME))) {
            case EngineResult.Failed<Engine.Disk>(JobError error, boolean retryable) ->
                new EngineResult.Failed<>(error, retryable);
            case EngineResult.Ok<Engine.Disk>(Engine.Disk disk) -> {
                timing.lap("layer");
                // The new layer is written down before it can be in use; not in use, it changes nothing.
                directory.write(intent.withLayers(disk.layers()));
                hit(intent, CrashPoint.CHECKPOINT_AFTER_LAYER);
                try (MemoryBase base = base(into, below)) {
                    timing.lap("base");
                    EngineResult<Still> still = unwanted.getAsBoolean() ? unwanted() : still(live);
                    timing.lap("pause");
                    yield switch (still) {
                        case EngineResult.Failed<Still> failed -> {
                            directory.goBack(live.record());
                            yield failed;
                        }
                        case EngineResult.Ok<Still>(Still standing) -> {
                            hit(intent, CrashPoint.CHECKPOINT_AFTER_PAUSE);
                            live.record(live.record().withLayers(disk.layers()));
                            Boot next = below.withLayers(disk.layers());
                            yield save(standing, into.directory(), base, next, intent, timing);
                        }
                    };
                }
            }
        };
    }

    /// Where to save.
    ///
    /// @param directory empty
    /// @param base      the directory of a saved VM that is much like this one, whole
    public record Into(Path directory, Optional<Path> base) {}

    private MemoryBase base(Into into, Boot boot) {
        return into.base()
                .map(saved -> engine.base(into.directory(), saved, boot, Deadline.after(BASE_TIME)))
                .orElseGet(MemoryBase::none);
    }

    private EngineResult<Still> save(
            Still still, Path into, MemoryBase base, Boot next, VmRecord intent, Timing timing) {
        EngineResult<PausedMachine.Saved> saved;
        try {
            saved = still.paused().save(into, base, next, Deadline.after(SAVE_TIME));
        } catch (RuntimeException e) {
            goOn(still);
            throw e;
        }
        timing.lap("save");
        return switch (saved) {
            case EngineResult.Failed<PausedMachine.Saved>(JobError error, boolean retryable) -> {
                goOn(still);
                yield new EngineResult.Failed<>(error, retryable);
            }
            case EngineResult.Ok<PausedMachine.Saved>(PausedMachine.Saved files) -> {
                hit(intent, CrashPoint.CHECKPOINT_AFTER_SAVE);
                yield new EngineResult.Ok<>(
                        new Still(still.live(), still.paused(), still.since(), still.boot(), files));
            }
        };
    }

    /// Lets it go on. Returns for how many milliseconds it stood still.
    public double goOn(Still still) {
        try {
            still.paused().resume();
        } catch (RuntimeException e) {
            // Its VMM died, which is noticed elsewhere; or it does not answer, and then nothing here helps.
            log.error("vm did not go on vm={}", still.live().record().vm(), e);
        }
        double millis = still.millis();
        directories.of(still.live().record().vm()).announce(still.live().record());
        return millis;
    }

    /// Makes what was saved durable and puts it in its place; the VM need not stand still for it.
    ///
    /// @param about of what the manifest says
    /// @param sealed is called when the manifest is there, before the directory is put in its place
    public EngineResult<Manifest> keep(Still still, SavedDirectory place, About about, Runnable sealed) {
        PausedMachine.Saved saved = Objects.requireNonNull(still.saved());
        return switch (engine.seal(place.fresh(), saved, Deadline.after(SEAL_TIME))) {
            case EngineResult.Failed<PausedMachine.Saved>(JobError error, boolean retryable) ->
                new EngineResult.Failed<>(error, retryable);
            case EngineResult.Ok<PausedMachine.Saved>(PausedMachine.Saved files) -> {
                Manifest manifest = manifest(still, about, files);
                place.seal(manifest);
                sealed.run();
                place.publish();
                yield new EngineResult.Ok<>(manifest);
            }
        };
    }

    /// What only its maker knows.
    ///
    /// @param id          of the checkpoint, or key of the template
    /// @param pauseMillis for how long the VM stood still, as far as that is known
    public record About(
            String id, @Nullable String parent, @Nullable String label, double pauseMillis) {
        public static About of(CheckpointRow row, double pauseMillis) {
            return new About(row.id(), row.parent(), row.label(), pauseMillis);
        }
    }

    private Manifest manifest(Still still, About about, PausedMachine.Saved files) {
        VmRecord of = still.live().record();
        return new Manifest(
                Manifest.VERSION,
                about.id(),
                of.vm(),
                of.tenant(),
                of.name(),
                about.parent(),
                about.label(),
                of.image(),
                of.shape(),
                clock.instant(),
                still.live().machine().fingerprint(engine.fingerprint(still.boot())),
                files.files(),
                files.checksums(),
                still.boot().layers(),
                about.pauseMillis());
    }

    private void hit(VmRecord intent, CrashPoint point) {
        if (intent.operation() == JobKind.CHECKPOINT) {
            crash.hit(point);
        }
    }

    private static EngineResult<Still> unwanted() {
        return new EngineResult.Failed<>(
                JobError.user("cancelled", "It was cancelled before it was done.", null), false);
    }
}
