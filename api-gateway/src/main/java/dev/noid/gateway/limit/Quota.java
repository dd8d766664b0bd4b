package dev.noid.gateway.limit;

import dev.noid.schema.Deadline;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;

/// Places of one kind, counted by token and in all. A token is named by its row's id, never by itself.
public final class Quota {
    private final Limits.Share most;
    private final Map<String, Integer> byToken = new HashMap<>();
    private int all;

    public Quota(Limits.Share most) {
        this.most = most;
    }

    /// A place that is held until it is closed; closing it again changes nothing.
    public final class Place implements AutoCloseable {
        private final String token;
        private final AtomicBoolean given = new AtomicBoolean();

        private Place(String token) {
            this.token = token;
        }

        @Override
        public void close() {
            if (given.compareAndSet(false, true)) {
                giveBack(token);
            }
        }
    }

    public Limits.Share most() {
        return most;
    }

    /// Empty when this token, or all together, have as many as they may.
    public synchronized Optional<Place> take(String token) {
        int own = byToken.getOrDefault(token, 0);
        if (own >= most.perToken() || all >= most.all()) {
            return Optional.empty();
        }
        byToken.put(token, own + 1);
        all++;
        return Optional.of(new Place(token));
    }

    /// Waits for one.
    public synchronized Optional<Place> take(String token, Duration patience) throws InterruptedException {
        Deadline deadline = Deadline.after(patience);
        while (true) {
            Optional<Place> place = take(token);
            if (place.isPresent() || deadline.passed()) {
                return place;
            }
            // At least 1: 0 would wait without an end.
            wait(Math.max(1, deadline.left().toMillis()));
        }
    }

    public synchronized int taken() {
        return all;
    }

    private synchronized void giveBack(String token) {
        all--;
        byToken.computeIfPresent(token, (_, own) -> own == 1 ? null : own - 1);
        notifyAll();
    }
}
