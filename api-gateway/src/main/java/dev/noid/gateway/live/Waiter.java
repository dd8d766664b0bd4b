package dev.noid.gateway.live;

import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/// Waits for news of one job. One thread waits; any may wake.
public final class Waiter implements AutoCloseable {
    private final JobWaiters waiters;
    private final String job;
    private final Runnable onWake;
    private final Semaphore news = new Semaphore(0);

    Waiter(JobWaiters waiters, String job, Runnable onWake) {
        this.waiters = waiters;
        this.job = job;
        this.onWake = onWake;
    }

    void wake() {
        news.release();
        onWake.run();
    }

    /// True when there was news since the last call. Waits for it, at most `span`.
    public boolean await(Duration span) throws InterruptedException {
        boolean heard = news.tryAcquire(span.toNanos(), TimeUnit.NANOSECONDS);
        news.drainPermits();
        return heard;
    }

    @Override
    public void close() {
        waiters.remove(job, this);
    }
}
