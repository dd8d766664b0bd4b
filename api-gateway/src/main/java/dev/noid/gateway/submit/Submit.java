package dev.noid.gateway.submit;

import dev.noid.gateway.placement.PlacementLoop;
import dev.noid.gateway.store.Database;
import dev.noid.gateway.store.JobRow;
import dev.noid.gateway.store.Keys;
import dev.noid.gateway.store.Tx;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;

/// One request, one transaction, one job: key, work, then, once it has committed, the commands.
public final class Submit {
    private final Database database;
    private final PlacementLoop placement;
    private final Consumer<String> jobChanged;

    /// @param jobChanged hears of jobs that this ended or changed
    public Submit(Database database, PlacementLoop placement, Consumer<String> jobChanged) {
        this.database = database;
        this.placement = placement;
        this.jobChanged = jobChanged;
    }

    private record Done(JobRow row, Accepted accepted) {}

    /// The job as it is right after the commit. Throws [Refused].
    JobRow job(Asked asked, Function<Tx, Accepted> work) {
        Done done = database.transaction(tx -> {
            Accepted accepted = earlier(tx, asked).orElseGet(() -> {
                Accepted fresh = work.apply(tx);
                if (asked.key() != null) {
                    tx.keys().keep(asked.tenant(), asked.key(), asked.fingerprint(), fresh.job());
                }
                return fresh;
            });
            return new Done(row(tx, asked.tenant(), accepted.job()), accepted);
        });
        placement.say(done.accepted().decision());
        if (done.accepted().decision().noRoom()) {
            placement.lookEverywhere();
        }
        done.accepted().cancelled().forEach(jobChanged);
        return done.row();
    }

    private static Optional<Accepted> earlier(Tx tx, Asked asked) {
        if (asked.key() == null) {
            return Optional.empty();
        }
        Optional<Keys.Kept> kept = tx.keys().lockAndFind(asked.tenant(), asked.key());
        if (kept.isPresent() && !kept.get().matches(asked.fingerprint())) {
            throw new Refused(
                    422,
                    "idempotency_key_reused",
                    "Key used for something else",
                    "This Idempotency-Key came before with another method, path or body.",
                    "use a fresh key for a new request, and the same bytes for a repeated one");
        }
        return kept.map(found -> Accepted.before(found.job()));
    }

    private static JobRow row(Tx tx, String tenant, String job) {
        return tx.jobs().find(tenant, job).orElseThrow(() -> new IllegalStateException("job vanished: " + job));
    }
}
