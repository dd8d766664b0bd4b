package dev.noid.gateway.policy;

import dev.noid.gateway.store.Database;
import dev.noid.gateway.store.DatabaseUnavailable;
import dev.noid.gateway.store.OldJobs;
import dev.noid.gateway.store.VmSweep;
import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Forgets what is over and old: keys, jobs with their attempts, destroyed VMs with their last job, rows of removed
/// checkpoints. A few rows at a time, each time in a short transaction of its own, with rests in between that are
/// longer than the work: whoever wants something of the database meanwhile hardly meets it.
public final class Forgetter implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Forgetter.class);
    private static final Duration SWEEP = Duration.ofMinutes(5);
    private static final int ROWS = 200;
    private static final int KEYS = 1_000;
    private static final int RESTS = 2;

    private final Database database;
    private final Keep keep;
    private final VmSweep sweep;

    public Forgetter(Database database, Keep keep, Runnable onDeath) {
        this.database = database;
        this.keep = keep;
        this.sweep = new VmSweep("forgetter", SWEEP, _ -> {}, this::sweep, onDeath);
    }

    public void start() {
        sweep.start();
    }

    private void sweep() {
        try {
            forget();
        } catch (InterruptedException _) {
            // close(): the loop sees it.
            Thread.currentThread().interrupt();
        } catch (DatabaseUnavailable e) {
            throw e;
        } catch (RuntimeException e) {
            // Unlike other loops it is not worth the gateway's life: tables that grow are of no hurry.
            log.error("nothing is forgotten until the next try", e);
        }
    }

    /// All that is old enough now. Returns how many jobs went.
    public int forget() throws InterruptedException {
        if (keep.keyHours() > 0) {
            int keys;
            do {
                keys = rested(() -> database.statement(tx -> tx.keys().forgetOlder(keep.keyHours(), KEYS)));
            } while (keys == KEYS);
        }
        int jobs = 0;
        int checkpoints = 0;
        for (String tenant : database.read(tx -> tx.oldJobs().tenants())) {
            jobs += jobs(tenant);
            checkpoints += checkpoints(tenant);
        }
        if (jobs > 0 || checkpoints > 0) {
            log.info("forgot jobs={} checkpoints={}", jobs, checkpoints);
        }
        return jobs;
    }

    private int jobs(String tenant) throws InterruptedException {
        if (keep.days() == 0 && keep.jobs() == 0) {
            return 0;
        }
        long keptFrom = keptFrom(tenant);
        int forgotten = 0;
        for (String fate : OldJobs.FATES) {
            long after = 0;
            while (true) {
                long from = after;
                OldJobs.Walk walk =
                        database.read(tx -> tx.oldJobs().walk(tenant, fate, from, keptFrom, keep.days(), ROWS));
                List<String> going = walk.going();
                if (!going.isEmpty()) {
                    forgotten +=
                            rested(() -> database.transaction(tx -> tx.oldJobs().forget(going)));
                }
                if (walk.atEnd()) {
                    break;
                }
                after = walk.last();
            }
        }
        return forgotten;
    }

    /// Place in the order of jobs before which are only those that are too many. Counted a slice at a time.
    private long keptFrom(String tenant) throws InterruptedException {
        if (keep.jobs() == 0) {
            return 0;
        }
        long from = Long.MAX_VALUE;
        for (long left = keep.jobs(); left > 0; left -= OldJobs.SLICE) {
            long before = from;
            int count = (int) Math.min(left, OldJobs.SLICE);
            OptionalLong back = rested(() -> database.read(tx -> tx.oldJobs().back(tenant, before, count)));
            if (back.isEmpty()) {
                return 0;
            }
            from = back.getAsLong();
        }
        return from;
    }

    private int checkpoints(String tenant) throws InterruptedException {
        if (keep.days() == 0 && keep.checkpoints() == 0) {
            return 0;
        }
        int forgotten = 0;
        int some;
        do {
            some = rested(() -> database.transaction(tx -> {
                List<String> going = tx.removals().old(tenant, keep.days(), keep.checkpoints(), ROWS);
                if (going.isEmpty()) {
                    return 0;
                }
                tx.checkpoints().lockTrees(tenant);
                return tx.removals().forget(going);
            }));
            forgotten += some;
        } while (some > 0);
        return forgotten;
    }

    private interface Step<T> {
        T run();
    }

    private static <T> T rested(Step<T> step) throws InterruptedException {
        long began = System.nanoTime();
        T done = step.run();
        Thread.sleep(Duration.ofNanos(RESTS * (System.nanoTime() - began)));
        return done;
    }

    @Override
    public void close() {
        sweep.close();
    }
}
