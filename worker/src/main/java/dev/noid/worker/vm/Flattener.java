package dev.noid.worker.vm;

import dev.noid.schema.Deadline;
import dev.noid.schema.job.JobError;
import dev.noid.worker.CrashPoint;
import dev.noid.worker.CrashPoints;
import dev.noid.worker.engine.EngineResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Makes disks of many layers ones of few, one after the other, while their VMs run: each checkpoint adds a layer, and
/// a read goes through all of them.
///
/// The copying is the engine's and needs no lock: a checkpoint, restore, stop or destroy that begins meanwhile ends it.
/// `vm.json` names the long chain until the short one is on the disk, and a long one is never wrong: the lowest layer,
/// the top and whatever is between them still are its parts, needed or not.
public final class Flattener {
    private static final Logger log = LoggerFactory.getLogger(Flattener.class);

    /// More are made fewer.
    static final int MOST = 8;

    /// Copied layers are in no checkpoint but the next ones, so a VM that is being checkpointed again and again would
    /// pay for each try with disk space.
    private static final Duration SETTLED = Duration.ofSeconds(10);

    private static final Duration AFTER_FAILURE = Duration.ofMinutes(10);
    private static final Duration COPY_TIME = Duration.ofMinutes(10);

    /// For what the guests write meanwhile.
    private static final long MARGIN = 256L << 20;

    private final VmDirectories directories;
    private final Vms vms;
    private final CrashPoints crash;
    private final Duration settled;
    private final Map<String, Wait> waits = new HashMap<>();

    /// @param layers as they were when the wait began; with others it begins anew
    private record Wait(List<String> layers, Deadline until) {}

    public Flattener(VmDirectories directories, Vms vms, CrashPoints crash) {
        this(directories, vms, crash, SETTLED);
    }

    Flattener(VmDirectories directories, Vms vms, CrashPoints crash, Duration settled) {
        this.directories = directories;
        this.vms = vms;
        this.crash = crash;
        this.settled = settled;
    }

    /// All that are due now. Only one thread calls this.
    public void round() {
        List<LiveVm> deep = vms.all().stream()
                .filter(live -> live.record().layers().size() > MOST)
                .toList();
        Set<String> named = deep.stream().map(live -> live.record().vm()).collect(Collectors.toSet());
        waits.keySet().retainAll(named);
        for (LiveVm live : deep) {
            VmRecord record = live.record();
            Wait wait = waits.get(record.vm());
            if (wait == null || !wait.layers().equals(record.layers())) {
                Duration left = wait == null ? Duration.ZERO : wait.until().left();
                Duration longer = left.compareTo(settled) > 0 ? left : settled;
                waits.put(record.vm(), new Wait(record.layers(), Deadline.after(longer)));
            } else if (wait.until().passed() && !flattenedOrLogged(live, record)) {
                waits.put(record.vm(), new Wait(record.layers(), Deadline.after(AFTER_FAILURE)));
            }
        }
    }

    private boolean flattenedOrLogged(LiveVm live, VmRecord record) {
        try {
            return flattened(live, record);
        } catch (RuntimeException e) {
            log.warn("disk not flattened, tried again later vm={}", record.vm(), e);
            return false;
        }
    }

    private boolean flattened(LiveVm live, VmRecord record) {
        if (live.fate() != LiveVm.Fate.RUNS || !hasRoom(record)) {
            return false;
        }
        long begin = System.nanoTime();
        return switch (live.machine().flatten(record.layers(), Deadline.after(COPY_TIME))) {
            case EngineResult.Failed<List<String>>(JobError error, boolean _) -> {
                log.info("disk not flattened, it goes on as it is vm={} why=\"{}\"", record.vm(), error.message());
                yield false;
            }
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
                yield written;
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

    /// The copy must not be what fills the host's disk: the guests on it would stand still.
    private boolean hasRoom(VmRecord record) {
        Path layers = directories.of(record.vm()).home().layers();
        try {
            long needed = MARGIN;
            for (String layer : record.layers().subList(1, record.layers().size())) {
                needed += Files.size(layers.resolve(layer));
            }
            return Files.getFileStore(layers).getUsableSpace() >= needed;
        } catch (IOException e) {
            return false; // It is being removed, most likely.
        }
    }
}
