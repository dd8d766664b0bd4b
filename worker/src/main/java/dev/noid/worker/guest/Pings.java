package dev.noid.worker.guest;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// PING and who waits for its PONG.
final class Pings {
    private final Map<Long, CompletableFuture<Boolean>> waiting = new ConcurrentHashMap<>();
    /// Of the one that nobody waits for.
    private volatile long prodded;
    private final Outbox outbox;
    private final SessionWishes wishes;

    Pings(Outbox outbox, SessionWishes wishes) {
        this.outbox = outbox;
        this.wishes = wishes;
    }

    boolean ping(Duration timeout) {
        long token = ThreadLocalRandom.current().nextLong();
        CompletableFuture<Boolean> answer = new CompletableFuture<>();
        waiting.put(token, answer);
        try {
            return send(token) && answer.get(timeout.toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            return false;
        } catch (TimeoutException | ExecutionException _) {
            return false;
        } finally {
            waiting.remove(token);
        }
    }

    /// Nobody waits for the answer.
    void prod() {
        long token = ThreadLocalRandom.current().nextLong();
        prodded = token;
        var _ = send(token);
    }

    private boolean send(long token) {
        outbox.lock.lock();
        try {
            outbox.wants(wishes);
            return wishes.ping(token);
        } finally {
            outbox.lock.unlock();
        }
    }

    boolean heard(long token) {
        CompletableFuture<Boolean> ping = waiting.get(token);
        return ping == null ? token == prodded : ping.complete(true);
    }
}
