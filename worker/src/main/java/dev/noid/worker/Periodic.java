package dev.noid.worker;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One thread that does one thing again and again until it is closed. A failed round is logged, and the next
/// one comes.
final class Periodic implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Periodic.class);
    private static final Duration LAST_ROUND = Duration.ofSeconds(1);

    private final CountDownLatch closed = new CountDownLatch(1);
    private final Thread thread;

    private Periodic(Thread thread) {
        this.thread = thread;
    }

    static Periodic every(Duration period, String name, Runnable round) {
        CountDownLatch[] stop = new CountDownLatch[1];
        Thread thread = Thread.ofPlatform().name(name).daemon().unstarted(() -> {
            try {
                while (!stop[0].await(period.toMillis(), TimeUnit.MILLISECONDS)) {
                    run(name, round);
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        Periodic periodic = new Periodic(thread);
        stop[0] = periodic.closed;
        thread.start();
        return periodic;
    }

    private static void run(String name, Runnable round) {
        try {
            round.run();
        } catch (RuntimeException | Error e) {
            log.warn(
                    "{} failed, next round comes error=\"{}\"",
                    name,
                    String.valueOf(e.getMessage()).lines().findFirst().orElse(""));
        }
    }

    @Override
    public void close() {
        closed.countDown();
        try {
            thread.join(LAST_ROUND);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
