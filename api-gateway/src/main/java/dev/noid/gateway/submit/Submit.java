package dev.noid.gateway.submit;

import dev.noid.gateway.placement.Decision;
import dev.noid.gateway.placement.PlacementLoop;
import dev.noid.gateway.store.Database;
import dev.noid.gateway.store.JobRow;
import dev.noid.gateway.store.Keys.Kept;
import dev.noid.gateway.store.Outgoing;
import dev.noid.gateway.store.Tx;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// One request, one transaction: key, work, then, once it has committed, the commands. Mostly it becomes one job.
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

    private record Done<T>(T reply, @Nullable Fresh<T> fresh) {}

    /// The job as it is right after the commit. Throws [Refused].
    JobRow job(Asked asked, Function<Tx, Accepted> work) {
        return once(
                asked,
                (tx, kept) ->
                        before(tx, asked.tenant(), Objects.requireNonNull(kept.job(), "a key of another request")),
                tx -> {
                    Accepted accepted = work.apply(tx);
                    return new Fresh<>(
                            row(tx, asked.tenant(), accepted.job()),
                            accepted.job(),
                            null,
                            accepted.decision(),
                            accepted.cancelled());
                });
    }

    /// One transaction for whatever a request becomes. Throws [Refused].
    ///
    /// @param again the reply to a repeated request, from what its key has kept
    <T> T once(Asked asked, BiFunction<Tx, Kept, T> again, Function<Tx, Fresh<T>> work) {
        Done<T> done = database.transaction(tx -> {
            Optional<Kept> earlier = earlier(tx, asked);
            if (earlier.isPresent()) {
                return new Done<>(again.apply(tx, earlier.get()), null);
            }
            Fresh<T> fresh = work.apply(tx);
            if (asked.key() != null) {
                tx.keys().keep(asked.tenant(), asked.key(), new Kept(fresh.job(), fresh.kept(), asked.fingerprint()));
            }
            return new Done<>(fresh.reply(), fresh);
        });
        if (done.fresh() != null) {
            publish(done.fresh());
        }
        return done.reply();
    }

    /// To be called once the transaction in which it was placed has committed.
    void placed(Outgoing outgoing) {
        placement.say(new Decision(List.of(outgoing), List.of(), false));
    }

    private void publish(Fresh<?> fresh) {
        placement.say(fresh.decision());
        if (fresh.decision().noRoom()) {
            placement.lookEverywhere();
        }
        fresh.changed().forEach(jobChanged);
    }

    private static Optional<Kept> earlier(Tx tx, Asked asked) {
        if (asked.key() == null) {
            return Optional.empty();
        }
        Optional<Kept> kept = tx.keys().lockAndFind(asked.tenant(), asked.key());
        if (kept.isPresent() && !kept.get().matches(asked.fingerprint())) {
            throw new Refused(
                    422,
                    "idempotency_key_reused",
                    "Key used for something else",
                    "This Idempotency-Key came before with another method, path or body.",
                    "use a fresh key for a new request, and the same bytes for a repeated one");
        }
        return kept;
    }

    /// What an earlier request with this key became. Its key may be kept for longer than the job.
    static JobRow before(Tx tx, String tenant, String job) {
        return tx.jobs().find(tenant, job).orElseThrow(() -> Refused.forgotten(job));
    }

    static JobRow row(Tx tx, String tenant, String job) {
        return tx.jobs().find(tenant, job).orElseThrow(() -> new IllegalStateException("job vanished: " + job));
    }
}
