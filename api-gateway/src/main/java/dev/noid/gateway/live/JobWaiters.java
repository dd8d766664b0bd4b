package dev.noid.gateway.live;

import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// Who waits for which job. Waking is a hint to read the row again; it may come without a reason.
public final class JobWaiters {
    private final Map<String, Set<Waiter>> byJob = new ConcurrentHashMap<>();

    /// Registered from now on: register first, then read the row, then wait.
    public Waiter register(String job, Runnable onWake) {
        Waiter waiter = new Waiter(this, job, onWake);
        byJob.compute(job, (_, waiters) -> {
            Set<Waiter> all = waiters == null ? ConcurrentHashMap.newKeySet() : waiters;
            all.add(waiter);
            return all;
        });
        return waiter;
    }

    public Waiter register(String job) {
        return register(job, () -> {});
    }

    public void wake(String job) {
        Set<Waiter> waiters = byJob.get(job);
        if (waiters != null) {
            waiters.forEach(Waiter::wake);
        }
    }

    void remove(String job, Waiter waiter) {
        byJob.computeIfPresent(job, (_, waiters) -> {
            waiters.remove(waiter);
            return waiters.isEmpty() ? null : waiters;
        });
    }
}
