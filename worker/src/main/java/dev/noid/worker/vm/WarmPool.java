package dev.noid.worker.vm;

import dev.noid.schema.job.JobError;
import dev.noid.worker.checkpoint.SavedDirectory;
import dev.noid.worker.engine.EngineResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// VMs that stand ready for whoever creates one like them: a few for each template, of the templates used last as many
/// as the memory allows. Refilled by a thread of its own.
public final class WarmPool implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(WarmPool.class);
    private static final Path MEMINFO = Path.of("/proc/meminfo");
    /// Of the host's memory; with less of it left, VMs that somebody has go first.
    private static final int LEAST_PERCENT = 10;

    private static final Duration LAST_ONE = Duration.ofSeconds(5);
    private static final Duration QUIET = Duration.ofMillis(500);
    private static final Duration LONGEST_WAIT = Duration.ofSeconds(3);

    private final PoolVms pool;
    private final Templates templates;
    private final int size;
    private final int memoryMib;
    private final Semaphore look = new Semaphore(0);
    /// By template, the one used last at the end.
    private final Map<SavedDirectory, Shelf> shelves = new LinkedHashMap<>(16, 0.75f, true);

    private final Thread thread;
    private volatile boolean closed;

    /// @param like what its VMs are for
    private record Shelf(VmRecord like, Deque<PoolVms.Ready> ready) {}

    /// @param size      VMs for each template; 0 is none at all
    /// @param memoryMib that all may have together
    public WarmPool(PoolVms pool, Templates templates, int size, int memoryMib) {
        this.pool = pool;
        this.templates = templates;
        this.size = size;
        this.memoryMib = memoryMib;
        this.thread = Thread.ofPlatform().name("pool").daemon().unstarted(this::run);
    }

    /// Ends what a worker before this one had ready, and begins.
    public void start() {
        pool.endAll();
        if (size > 0) {
            thread.start();
        }
    }

    /// One that stood ready, as the VM of this record. Empty when none did, or it did not work out; then whatever it
    /// left in that VM's place is to be erased.
    public Optional<LiveVm> take(VmRecord to) {
        Optional<SavedDirectory> template = size == 0 ? Optional.empty() : templates.find(to);
        Optional<PoolVms.Ready> ready = template.flatMap(key -> shift(key, to));
        if (ready.isEmpty()) {
            return Optional.empty();
        }
        return switch (pool.give(ready.get(), to.loading(template.orElseThrow().name()))) {
            case EngineResult.Ok<LiveVm>(LiveVm live) -> Optional.of(live);
            case EngineResult.Failed<LiveVm>(JobError error, boolean _) -> {
                log.warn("pool vm not given vm={} error={} \"{}\"", to.vm(), error.code(), error.message());
                yield Optional.empty();
            }
        };
    }

    private Optional<PoolVms.Ready> shift(SavedDirectory key, VmRecord to) {
        synchronized (shelves) {
            // The generation is in the names of files that are in use.
            return Optional.ofNullable(shelves.get(key))
                    .filter(_ -> to.generation() == 1)
                    .map(shelf -> shelf.ready().poll());
        }
    }

    /// A VM was made from its image, and the next one is likely to be like it.
    public void used(VmRecord like) {
        if (size == 0) {
            return;
        }
        templates.find(like).ifPresent(key -> {
            synchronized (shelves) {
                shelves.computeIfAbsent(key, _ -> new Shelf(like, new ArrayDeque<>()));
            }
            look();
        });
    }

    /// Now and then: there may be room again, or none any more.
    public void look() {
        look.release();
    }

    private void run() {
        try {
            while (!closed) {
                look.acquire();
                letThemWork();
                look.drainPermits();
                while (!closed && refilledOrLogged()) {
                    // Another may be missing.
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /// Who was given a VM works with it now, and making the next one takes the same processors.
    private void letThemWork() throws InterruptedException {
        long began = System.nanoTime();
        while (look.tryAcquire(QUIET.toMillis(), TimeUnit.MILLISECONDS)
                && System.nanoTime() - began < LONGEST_WAIT.toNanos()) {
            // Somebody was given one again.
        }
    }

    private boolean refilledOrLogged() {
        try {
            return refilled();
        } catch (RuntimeException e) {
            if (!closed) {
                log.error("the pool is not refilled now", e);
            }
            return false;
        }
    }

    /// What is missing most, made. False when nothing is missing, or there is no room, or it did not work out.
    private boolean refilled() {
        if (scarce()) {
            ended(all());
            return false;
        }
        Optional<Map.Entry<SavedDirectory, Shelf>> missing = missing();
        if (missing.isEmpty()) {
            return false;
        }
        SavedDirectory key = missing.get().getKey();
        if (key.read().isEmpty()) {
            ended(forgotten(key)); // the template is gone
            return true;
        }
        Optional<PoolVms.Ready> made = pool.make(key, missing.get().getValue().like());
        made.ifPresent(ready -> shelve(missing.get().getValue(), ready));
        return made.isPresent();
    }

    private void shelve(Shelf shelf, PoolVms.Ready ready) {
        synchronized (shelves) {
            shelf.ready().add(ready);
        }
        log.info(
                "pool vm ready id={} template={}",
                ready.directory().vm(),
                ready.record().source());
    }

    /// The template used last that has too few. What others have beyond the memory's bound ends first.
    private Optional<Map.Entry<SavedDirectory, Shelf>> missing() {
        List<Map.Entry<SavedDirectory, Shelf>> latest;
        synchronized (shelves) {
            latest = new ArrayList<>(shelves.entrySet()).reversed();
        }
        Optional<Map.Entry<SavedDirectory, Shelf>> missing = Optional.empty();
        int left = memoryMib;
        for (Map.Entry<SavedDirectory, Shelf> entry : latest) {
            int each = entry.getValue().like().shape().memoryMib();
            int may = Math.min(size, left / each);
            left -= may * each;
            ended(beyond(entry.getValue(), may));
            if (missing.isEmpty() && has(entry.getValue()) < may) {
                missing = Optional.of(entry);
            }
        }
        return missing;
    }

    int ready() {
        synchronized (shelves) {
            return shelves.values().stream()
                    .mapToInt(shelf -> shelf.ready().size())
                    .sum();
        }
    }

    private int has(Shelf shelf) {
        synchronized (shelves) {
            return shelf.ready().size();
        }
    }

    private List<PoolVms.Ready> beyond(Shelf shelf, int keep) {
        List<PoolVms.Ready> too = new ArrayList<>();
        synchronized (shelves) {
            while (shelf.ready().size() > keep) {
                too.add(shelf.ready().removeLast());
            }
        }
        return too;
    }

    private List<PoolVms.Ready> forgotten(SavedDirectory key) {
        synchronized (shelves) {
            Shelf shelf = shelves.remove(key);
            return shelf == null ? List.of() : List.copyOf(shelf.ready());
        }
    }

    private List<PoolVms.Ready> all() {
        List<PoolVms.Ready> all = new ArrayList<>();
        synchronized (shelves) {
            shelves.values().forEach(shelf -> {
                all.addAll(shelf.ready());
                shelf.ready().clear();
            });
        }
        return all;
    }

    private void ended(List<PoolVms.Ready> some) {
        for (PoolVms.Ready one : some) {
            try {
                pool.end(one);
            } catch (RuntimeException e) {
                log.warn("pool vm not ended id={}", one.directory().vm(), e);
            }
        }
    }

    private static boolean scarce() {
        long total = 0;
        long available = 0;
        try {
            for (String line : Files.readAllLines(MEMINFO)) {
                if (line.startsWith("MemTotal:")) {
                    total = Long.parseLong(line.replaceAll("[^0-9]", ""));
                } else if (line.startsWith("MemAvailable:")) {
                    available = Long.parseLong(line.replaceAll("[^0-9]", ""));
                }
            }
        } catch (IOException e) {
            return true; // What is not known is not spent.
        }
        return available * 100 < total * LEAST_PERCENT;
    }

    /// Ends them: nobody has them.
    @Override
    public void close() {
        closed = true;
        if (size == 0) {
            return;
        }
        thread.interrupt();
        try {
            thread.join(LAST_ONE);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        ended(all());
    }
}
