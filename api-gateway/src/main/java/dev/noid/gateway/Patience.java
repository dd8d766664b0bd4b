package dev.noid.gateway;

import java.time.Duration;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Waits at the start for what may come up later than the gateway.
final class Patience {
    private static final Logger log = LoggerFactory.getLogger(Patience.class);
    private static final Duration MOST = Duration.ofMinutes(5);
    private static final Duration PAUSE = Duration.ofMillis(500);

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
                Thread.sleep(PAUSE);
            }
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
