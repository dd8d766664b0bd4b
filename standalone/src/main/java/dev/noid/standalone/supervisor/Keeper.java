package dev.noid.standalone.supervisor;

import dev.noid.schema.Deadline;
import dev.noid.standalone.process.ProcessId;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Keeps one part running, on a thread of its own: start, wait for readiness, wait for the end, wait a little, again.
final class Keeper {
    private static final Logger LOG = LoggerFactory.getLogger(Keeper.class);
    private static final Duration READY_WITHIN = Duration.ofSeconds(60);
    /// A part that never served is tried this often at the first start, once if it says that no try can help; after
    /// it has served once, for ever.
    private static final int FIRST_TRIES = 3;

    private final Part part;
    private final StateFile state;
    private final PartLogs logs;
    private final Backoff backoff;
    private final CompletableFuture<Part.Answer> firstStart = new CompletableFuture<>();
    private final CountDownLatch stopping = new CountDownLatch(1);
    private final Thread thread;
    private @Nullable Process process;
    private volatile @Nullable String lastEnd;

    Keeper(Part part, StateFile state, PartLogs logs, Backoff backoff) {
        this.part = part;
        this.state = state;
        this.logs = logs;
        this.backoff = backoff;
        this.thread = Thread.ofPlatform().daemon().name("keep-" + part.name()).unstarted(this::run);
    }

    void start() {
        thread.start();
    }

    /// Ready or hopeless; how the first start went.
    CompletableFuture<Part.Answer> firstStart() {
        return firstStart;
    }

    String name() {
        return part.name();
    }

    private void run() {
        int deaths = 0;
        try {
            while (stopping.getCount() > 0) {
                Life life = runOnce(System.nanoTime());
                if (stopping.getCount() == 0) {
                    break;
                }
                Part.Answer answer = life.answer();
                deaths = life.served().compareTo(backoff.healthyAfter()) > 0 ? 1 : deaths + 1;
                if (!firstStart.isDone() && deaths >= FIRST_TRIES && answer instanceof Part.Answer.NotReady) {
                    answer = new Part.Answer.Hopeless("it did not come up in " + FIRST_TRIES + " tries");
                }
                if (answer instanceof Part.Answer.Hopeless(String why) && !firstStart.isDone()) {
                    LOG.error("part={} is not started again: {}", part.name(), why);
                    record(Optional.empty(), PartState.FAILED);
                    firstStart.complete(answer);
                    return;
                }
                Duration delay = backoff.delay(deaths);
                record(Optional.empty(), PartState.RESTARTING);
                LOG.info("part={} starts again in {} s", part.name(), delay.toMillis() / 1000.0);
                if (stopping.await(delay.toMillis(), TimeUnit.MILLISECONDS)) {
                    break;
                }
            }
            record(Optional.empty(), PartState.STOPPED);
        } catch (InterruptedException | RuntimeException e) {
            LOG.error("part={} is not watched any more", part.name(), e);
            firstStart.complete(new Part.Answer.Hopeless("its keeper failed: " + e));
        }
    }

    /// Of one process. Ready: it served, and has died since.
    private record Life(Part.Answer answer, Duration served) {
        private static final Life NONE = new Life(new Part.Answer.NotReady(), Duration.ZERO);
    }

    /// From the command to the end of the process.
    private Life runOnce(long began) throws InterruptedException {
        Process started;
        Part.Answer answer;
        try {
            Optional<Process> launched = launch();
            if (launched.isEmpty()) {
                return Life.NONE;
            }
            started = launched.get();
            answer = part.readiness().await(started, Deadline.after(READY_WITHIN));
        } catch (IOException e) {
            LOG.error("part={} can't be started: {}", part.name(), e.getMessage());
            end();
            return Life.NONE;
        }
        long ready = System.nanoTime();
        if (answer instanceof Part.Answer.Ready && stopping.getCount() > 0) {
            record(ProcessId.of(started.pid()), PartState.RUNNING);
            LOG.info("part={} runs pid={} port={} after={} ms", part.name(), started.pid(), part.port(), millis(began));
            firstStart.complete(answer);
        } else if (started.isAlive() && stopping.getCount() > 0) {
            LOG.warn("part={} pid={} did not become ready and is ended", part.name(), started.pid());
            end();
        }
        boolean served = answer instanceof Part.Answer.Ready;
        boolean hung = served && hangs(started);
        int exit = started.waitFor();
        if (stopping.getCount() > 0) {
            LOG.warn("part={} pid={} ended exit={} after={} ms", part.name(), started.pid(), exit, millis(began));
            lastEnd = hung ? "it did not answer and was ended" : "it ended with exit code " + exit;
        }
        return new Life(answer, served ? Duration.ofNanos(System.nanoTime() - ready) : Duration.ZERO);
    }

    /// Watches it until its end, or ends it because it does not answer: then true.
    private boolean hangs(Process serving) throws InterruptedException {
        Part.Liveness liveness = part.liveness();
        int missed = 0;
        while (!serving.waitFor(liveness.every())) {
            missed = stopping.getCount() == 0 || liveness.check().answers(liveness.patience()) ? 0 : missed + 1;
            if (missed > 0) {
                LOG.warn("part={} pid={} does not answer, checks={}", part.name(), serving.pid(), missed);
            }
            if (missed == liveness.misses()) {
                end();
                return true;
            }
        }
        return false;
    }

    /// Under the lock, so that a stop sees the process or prevents it.
    private synchronized Optional<Process> launch() throws IOException {
        if (stopping.getCount() == 0) {
            return Optional.empty();
        }
        ProcessBuilder command = part.launch().command();
        command.redirectError(
                ProcessBuilder.Redirect.appendTo(logs.file(part.name()).toFile()));
        Process started = command.start();
        started.getOutputStream().close();
        process = started;
        record(ProcessId.of(started.pid()), PartState.STARTING);
        return Optional.of(started);
    }

    /// Asks the process to end, waits, kills. Returns when it has ended.
    void stop() {
        stopping.countDown();
        end();
        try {
            thread.join(Duration.ofSeconds(5));
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private synchronized void end() {
        Process running = process;
        if (running == null) {
            return;
        }
        long began = System.nanoTime();
        ProcessId.of(running.pid()).filter(_ -> running.isAlive()).ifPresent(id -> {
            id.stop(part.stopSignal(), part.stopWithin());
            LOG.info("part={} pid={} stopped after={} ms", part.name(), id.pid(), millis(began));
        });
        process = null;
    }

    private void record(Optional<ProcessId> id, PartState now) {
        state.update(new PartStatus(
                part.name(),
                id.map(ProcessId::pid).orElse(null),
                id.map(ProcessId::startTicks).orElse(null),
                part.port(),
                now,
                Instant.now(),
                lastEnd));
    }

    private static long millis(long began) {
        return (System.nanoTime() - began) / 1_000_000;
    }
}
