package dev.noid.gateway;

import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Waits at the start for what may come up later than the gateway.
final class Patience {
    private static final Logger log = LoggerFactory.getLogger(Patience.class);
    private static final Duration MOST = Duration.ofMinutes(5);
    private static final Duration SHORTEST = Duration.ofMillis(20);
    private static final Duration LONGEST = Duration.ofMillis(500);

    private Patience() {}

    /// Tries until it works, says so while it waits, and throws the last failure after five minutes.
    static <T> T await(String what, Supplier<T> attempt) throws InterruptedException {
        long start = System.nanoTime();
        long said = start - Duration.ofMinutes(1).toNanos();
        while (true) {
            try {
                return attempt.get();
            } catch (RuntimeException e) {
                long now = System.nanoTime();
                if (now - start > MOST.toNanos()) {
                    throw e;
                }
                if (now - said > Duration.ofSeconds(5).toNanos()) {
                    said = now;
                    log.info(
                            "waiting for {} seconds={} cause={}",
                            what,
                            Duration.ofNanos(now - start).toSeconds(),
                            said(root(e)));
                }
                // What was just started comes soon; what has been away for long is not hammered.
                long pause = Duration.ofNanos(now - start).toMillis() / 20;
                Thread.sleep(Math.clamp(pause, SHORTEST.toMillis(), LONGEST.toMillis()));
            }
        }
    }

    /// The same on a thread of its own, so that two who take their time can be waited for side by side.
    static <T> Wait<T> begin(String what, Supplier<T> attempt) {
        FutureTask<T> task = new FutureTask<>(() -> await(what, attempt));
        Thread.ofVirtual().name("await-" + what).start(task);
        return new Wait<>(task);
    }

    /// A wait that has begun; closing it gives it up.
    record Wait<T>(FutureTask<T> task) implements AutoCloseable {
        /// Throws what the last attempt threw.
        T end() throws InterruptedException {
            try {
                return task.get();
            } catch (ExecutionException e) {
                throw e.getCause() instanceof RuntimeException failure ? failure : new IllegalStateException(e);
            }
        }

        @Override
        public void close() {
            task.cancel(true);
        }
    }

    static Throwable root(Throwable error) {
        Throwable cause = error;
        while (cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause;
    }

    private static String said(Throwable cause) {
        return cause.getClass().getSimpleName() + ": "
                + String.valueOf(cause.getMessage()).lines().findFirst().orElse("");
    }
}
