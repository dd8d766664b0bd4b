package dev.noid.gateway.limit;

import java.time.Duration;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;

/// Places of one kind, counted by token and in all. A token is named by its row's id, never by itself.
public final class Quota {
    private final Limits.Share most;
    private final Map<String, Integer> byToken = new HashMap<>();
    private final Set<Waiter> waiting = new LinkedHashSet<>();
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

    private static final class Waiter {
        private final String token;
        private final CompletableFuture<Place> place = new CompletableFuture<>();

        Waiter(String token) {
            this.token = token;
        }
    }

    public Limits.Share most() {
        return most;
    }

    /// Empty when this token, or all together, have as many as they may.
    public synchronized Optional<Place> take(String token) {
        return full(token) ? Optional.empty() : Optional.of(hold(token));
    }

    /// Waits for one, behind those who wait already. A place that is given back goes to one of them: woken all at
    /// once, hundreds would keep every processor busy for a single place.
    public Optional<Place> take(String token, Duration patience) throws InterruptedException {
        Waiter waiter;
        synchronized (this) {
            Optional<Place> free = take(token);
            if (free.isPresent()) {
                return free;
            }
            waiter = new Waiter(token);
            waiting.add(waiter);
        }
        try {
            return Optional.of(waiter.place.get(patience.toNanos(), TimeUnit.NANOSECONDS));
        } catch (TimeoutException _) {
            return leave(waiter);
        } catch (InterruptedException e) {
            leave(waiter).ifPresent(Place::close);
            throw e;
        } catch (ExecutionException e) {
            throw new IllegalStateException(e);
        }
    }

    public synchronized int taken() {
        return all;
    }

    /// The place that came at the last moment.
    private synchronized Optional<Place> leave(Waiter waiter) {
        waiting.remove(waiter);
        return Optional.ofNullable(waiter.place.getNow(null));
    }

    private boolean full(String token) {
        return all >= most.all() || byToken.getOrDefault(token, 0) >= most.perToken();
    }

    private Place hold(String token) {
        byToken.merge(token, 1, Integer::sum);
        all++;
        return new Place(token);
    }

    private synchronized void giveBack(String token) {
        all--;
        byToken.computeIfPresent(token, (_, own) -> own == 1 ? null : own - 1);
        Iterator<Waiter> next = waiting.iterator();
        while (next.hasNext() && all < most.all()) {
            Waiter waiter = next.next();
            if (!full(waiter.token)) {
                next.remove();
                waiter.place.complete(hold(waiter.token));
            }
        }
    }
}
