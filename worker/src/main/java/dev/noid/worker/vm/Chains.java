package dev.noid.worker.vm;

import dev.noid.schema.Deadline;
import dev.noid.schema.job.JobError;
import dev.noid.worker.CrashPoint;
import dev.noid.worker.CrashPoints;
import dev.noid.worker.checkpoint.Room;
import dev.noid.worker.engine.EngineResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Makes disks of many layers ones of two while their VMs run, and keeps them from having ever more: each checkpoint
/// adds a layer, and a read goes through all of them.
///
/// The copying is the engine's and needs no lock: a checkpoint, restore, stop or destroy that begins meanwhile ends it.
/// `vm.json` names the long chain until the short one is on the disk, and a long one is never wrong: the lowest layer,
/// the top and whatever is between them still are its parts, needed or not.
public final class Chains {
    private static final Logger log = LoggerFactory.getLogger(Chains.class);

    /// A disk of so many gets no other layer before it has been made one of two, unless that can't be done.
    static final int LONG = 32;

    /// It gets no other at all. What is restored or forked has a layer more than what was saved, which had one less
    /// than this; so it has no more either.
    static final int MOST = 64;

    /// Slow enough to leave the guest its disk.
    private static final long BESIDE_BYTES_PER_SECOND = 64L << 20;

    private static final long AS_FAST_AS_IT_GOES = 0;
    private static final Duration BESIDE_TIME = Duration.ofMinutes(10);

    /// The VM's lock is held, and what was copied by then stays copied.
    private static final Duration AWAITED_TIME = Duration.ofSeconds(60);

    /// A try that fails before a checkpoint costs its time, and the room of what was copied: the checkpoint keeps
    /// that.
    private static final Duration AFTER_FAILURE = Duration.ofMinutes(10);

    /// For what the guests write meanwhile.
    private static final long MARGIN = 256L << 20;

    private static final long MIB = 1L << 20;
    private static final Duration LOOK = Duration.ofMillis(50);

    private final VmDirectories directories;
    private final Vms vms;
    private final CrashPoints crash;

    /// One copy at a time on this host: each looks whether the disk has room for its own.
    private final Semaphore copying = new Semaphore(1, true);

    /// How many wait for a chain; they end what copies at leisure.
    private final AtomicInteger awaited = new AtomicInteger();

    /// By VM.
    private final Map<String, Failure> failed = new ConcurrentHashMap<>();

    /// @param until nobody waits for another try
    private record Failure(LiveVm live, Deadline until) {
        /// Not when it died over it: that says nothing about its disk.
        boolean counts() {
            return !live.died() && !until.passed();
        }
    }

    public Chains(VmDirectories directories, Vms vms, CrashPoints crash) {
        this.directories = directories;
        this.vms = vms;
        this.crash = crash;
    }

    /// Before a layer is added: makes a chain of [#LONG] layers short. One that can't be goes on to [#MOST].
    /// Who calls this holds the VM's lock.
    ///
    /// @param last     the VM is about to be another, so its disk is made short only when it can get no other layer
    /// @param unwanted ends the copying, when it becomes true
    /// @return why it must not get another layer; empty when it may
    public Optional<JobError> shorten(LiveVm live, boolean last, BooleanSupplier unwanted, Timing timing) {
        String vm = live.record().vm();
        int layers = live.record().layers().size();
        if (layers < (last ? MOST : LONG) || (layers < MOST && failedLately(vm))) {
            return Optional.empty();
        }
        Optional<JobError> problem;
        awaited.incrementAndGet();
        try {
            problem = inTurn(live, AS_FAST_AS_IT_GOES, unwanted, Deadline.after(AWAITED_TIME));
        } finally {
            awaited.decrementAndGet();
        }
        timing.lap("flatten");
        if (problem.isPresent() && !unwanted.getAsBoolean()) {
            failed.put(vm, new Failure(live, Deadline.after(AFTER_FAILURE)));
        }
        return problem.filter(_ -> live.record().layers().size() >= MOST).map(why -> tooLong(layers, why));
    }

    private boolean failedLately(String vm) {
        failed.values().removeIf(failure -> !failure.counts());
        return failed.containsKey(vm);
    }

    private static JobError tooLong(int layers, JobError why) {
        return new JobError(
                "disk_chain_too_long",
                "The VM's disk has " + layers + " layers and gets no other: " + why.message(),
                "Try again later, or make room on the host's disk first (noid checkpoint prune VM); a restore with"
                        + " --no-keep needs no checkpoint.",
                why.fault());
    }

    /// At leisure, for nobody. Holds no lock while it copies.
    ///
    /// @return whether it is short now
    boolean shortenBeside(LiveVm live) {
        return inTurn(live, BESIDE_BYTES_PER_SECOND, () -> awaited.get() > 0, Deadline.after(BESIDE_TIME))
                .isEmpty();
    }

    private Optional<JobError> inTurn(LiveVm live, long bytesPerSecond, BooleanSupplier unwanted, Deadline deadline) {
        try {
            while (!copying.tryAcquire(LOOK.toMillis(), TimeUnit.MILLISECONDS)) {
                if (unwanted.getAsBoolean() || deadline.passed()) {
                    return Optional.of(JobError.host("host_busy", "the disks of other VMs were being copied."));
                }
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            return Optional.of(JobError.host("host_busy", "the wait for another disk's copy was interrupted."));
        }
        return shortened(live, bytesPerSecond, unwanted, deadline);
    }

    /// Why it goes on as it is; empty when it is short. Who calls this has the turn to copy, which ends here with the
    /// copy: who waits for the turn may hold the lock that comes after it.
    private Optional<JobError> shortened(
            LiveVm live, long bytesPerSecond, BooleanSupplier unwanted, Deadline deadline) {
        VmRecord record = live.record();
        Optional<JobError> problem;
        try {
            long begin = System.nanoTime();
            EngineResult<List<String>> copied;
            try {
                copied = copied(live, record, bytesPerSecond, unwanted, deadline);
            } finally {
                copying.release();
            }
            problem = written(live, record, copied, begin);
        } catch (RuntimeException e) {
            log.warn("disk not flattened vm={}", record.vm(), e);
            problem = Optional.of(JobError.platform(
                    "flatten_failed", "Something unforeseen went wrong; the worker's log says what."));
        }
        problem.ifPresent(why -> log.info(
                "disk not flattened, it goes on as it is vm={} layers={} why=\"{}\"",
                record.vm(),
                record.layers().size(),
                why.message()));
        return problem;
    }

    /// The engine asks for the first time when it has begun.
    private BooleanSupplier asked(BooleanSupplier unwanted) {
        return () -> {
            crash.hit(CrashPoint.FLATTEN_AFTER_BEGIN);
            return unwanted.getAsBoolean();
        };
    }

    private EngineResult<List<String>> copied(
            LiveVm live, VmRecord record, long bytesPerSecond, BooleanSupplier unwanted, Deadline deadline) {
        Optional<JobError> lacking = lacking(live, record);
        return lacking.isPresent()
                ? new EngineResult.Failed<>(lacking.get(), true)
                : live.machine().flatten(record.layers(), bytesPerSecond, asked(unwanted), deadline);
    }

    private Optional<JobError> written(LiveVm live, VmRecord record, EngineResult<List<String>> copied, long begin) {
        return switch (copied) {
            case EngineResult.Failed<List<String>>(JobError error, boolean _) -> Optional.of(error);
            case EngineResult.Ok<List<String>>(List<String> flat) -> {
                crash.hit(CrashPoint.FLATTEN_AFTER_COPY);
                boolean written = vms.locked(record.vm(), () -> write(live, record, flat));
                log.info(
                        "disk flattened vm={} generation={} layers={} before={} written={} ms={}",
                        record.vm(),
                        record.generation(),
                        flat.size(),
                        record.layers().size(),
                        written,
                        Duration.ofNanos(System.nanoTime() - begin).toMillis());
                yield written
                        ? Optional.empty()
                        : Optional.of(JobError.host("disk_changed", "it became another disk meanwhile."));
            }
        };
    }

    /// Only of the disk that was flattened: since then it may have a layer more, or be another VMM's.
    private boolean write(LiveVm live, VmRecord record, List<String> flat) {
        boolean same = vms.find(record.vm(), record.generation())
                .filter(now -> now == live && now.record().layers().equals(record.layers()))
                .isPresent();
        if (!same) {
            return false;
        }
        VmDirectory directory = directories.of(record.vm());
        VmRecord now = live.record().withLayers(flat);
        directory.write(now);
        live.record(now);
        crash.hit(CrashPoint.FLATTEN_AFTER_RECORD);
        directory.keepLayers(flat);
        return true;
    }

    /// The copy must not be what fills the host's disk: the guests on it would stand still. Nor must it take the room
    /// of the checkpoint that waits for it.
    private Optional<JobError> lacking(LiveVm live, VmRecord record) {
        Path layers = directories.of(record.vm()).home().layers();
        try {
            long copied = 0;
            // What the top holds is in it already.
            for (String layer : record.layers().subList(1, record.layers().size() - 1)) {
                copied += Files.size(layers.resolve(layer));
            }
            copied = Math.min(copied, record.shape().diskMib() * MIB);
            long needed = MARGIN + copied + Room.resident(live.machine().pid());
            long free = Files.getFileStore(layers).getUsableSpace();
            return free >= needed
                    ? Optional.empty()
                    : Optional.of(JobError.user(
                            "disk_full",
                            "to make them fewer may need " + needed / MIB + " MiB, and the host's disk has "
                                    + free / MIB + " MiB left.",
                            null));
        } catch (IOException e) {
            return Optional.of(JobError.host("host_files", "its layers can't be read: " + e.getMessage()));
        }
    }
}
