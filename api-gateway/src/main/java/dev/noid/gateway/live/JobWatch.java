package dev.noid.gateway.live;

import dev.noid.gateway.store.JobRow;
import dev.noid.schema.Deadline;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Predicate;

/// Waits for a job's row to become what is wanted. Events wake it; reading the row again once a second is the safety
/// net for an event that was lost or went elsewhere.
public final class JobWatch {
    private static final Duration SAFETY_NET = Duration.ofSeconds(1);

    private final JobRows rows;
    private final JobWaiters waiters;

    public JobWatch(JobRows rows, JobWaiters waiters) {
        this.rows = rows;
        this.waiters = waiters;
    }

    public Optional<JobRow> read(String tenant, String id) {
        return rows.find(tenant, id);
    }

    /// The row as it was last seen: as wanted, or when the deadline passed. Empty when the tenant has no such job.
    public Optional<JobRow> await(String tenant, String id, Predicate<JobRow> wanted, Deadline deadline)
            throws InterruptedException {
        try (Waiter waiter = waiters.register(id)) {
            while (true) {
                Optional<JobRow> row = read(tenant, id);
                if (row.isEmpty() || wanted.test(row.get()) || deadline.passed()) {
                    return row;
                }
                waiter.await(deadline.atMost(SAFETY_NET).left());
            }
        }
    }

    public Waiter register(String job, Runnable onWake) {
        return waiters.register(job, onWake);
    }
}
