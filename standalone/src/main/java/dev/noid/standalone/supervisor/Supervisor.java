package dev.noid.standalone.supervisor;

import dev.noid.schema.Deadline;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Runs all parts side by side and stops them in stages, the last one first. What the parts need of each other they
/// wait for themselves, so that any of them can die and come back at any time.
public final class Supervisor implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Supervisor.class);
    private static final Duration LOG_CHECK = Duration.ofSeconds(5);

    private final List<List<Keeper>> stages;
    private final List<Keeper> keepers;
    private final PartLogs logs;
    private final CountDownLatch stopped = new CountDownLatch(1);
    private final Thread logBounds;

    /// @param stages in the order of their needs; parts of one stage do not need each other, and are stopped together
    public Supervisor(List<List<Part>> stages, StateFile state, PartLogs logs, Backoff backoff) {
        this.stages = stages.stream()
                .map(stage -> stage.stream()
                        .map(part -> new Keeper(part, state, logs, backoff))
                        .toList())
                .toList();
        this.keepers = this.stages.stream().flatMap(List::stream).toList();
        this.logs = logs;
        this.logBounds = Thread.ofPlatform().daemon().name("bound-logs").unstarted(this::boundLogs);
    }

    /// Why parts did not start.
    public record StartFailure(String part, String why) {}

    public void start() {
        logBounds.start();
        keepers.forEach(Keeper::start);
    }

    /// Waits until every part has served once. Empty: they all have.
    public Optional<StartFailure> awaitStarted(Deadline deadline) throws InterruptedException {
        CompletableFuture<StartFailure> failed = new CompletableFuture<>();
        for (Keeper keeper : keepers) {
            var _ = keeper.firstStart().thenAccept(answer -> {
                if (answer instanceof Part.Answer.Hopeless(String why)) {
                    failed.complete(new StartFailure(keeper.name(), why));
                }
            });
        }
        var all =
                CompletableFuture.allOf(keepers.stream().map(Keeper::firstStart).toArray(CompletableFuture<?>[]::new));
        try {
            CompletableFuture.anyOf(failed, all).get(deadline.left().toMillis(), TimeUnit.MILLISECONDS);
            return failed.isDone() ? Optional.of(failed.join()) : Optional.empty();
        } catch (TimeoutException _) {
            String waiting = keepers.stream()
                    .filter(keeper -> !keeper.firstStart().isDone())
                    .map(Keeper::name)
                    .findFirst()
                    .orElseThrow();
            return Optional.of(new StartFailure(waiting, "it did not become ready in time"));
        } catch (ExecutionException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        stages.reversed().forEach(Supervisor::stop);
        stopped.countDown();
    }

    private static void stop(List<Keeper> stage) {
        List<Thread> stops = stage.stream()
                .map(keeper -> Thread.ofPlatform().name("stop-" + keeper.name()).start(keeper::stop))
                .toList();
        for (Thread stop : stops) {
            try {
                stop.join();
            } catch (InterruptedException _) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private void boundLogs() {
        try {
            while (!stopped.await(LOG_CHECK.toMillis(), TimeUnit.MILLISECONDS)) {
                keepers.forEach(keeper -> bound(keeper.name()));
                // Our own, when we were started in the background.
                bound(PartLogs.SUPERVISOR);
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private void bound(String name) {
        try {
            logs.bound(name);
        } catch (IOException e) {
            LOG.warn("log not kept log={} cause={}", name, e.toString());
        }
    }
}
