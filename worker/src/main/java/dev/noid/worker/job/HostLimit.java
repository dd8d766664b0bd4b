package dev.noid.worker.job;

import dev.noid.schema.Deadline;
import dev.noid.schema.ExecId;
import dev.noid.schema.job.JobSpec;
import dev.noid.worker.guest.Guest;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/// The end of an exec that this host decides when its guest does not: the guest's own timer, or its answer to a kill,
/// is late. What keeps the guest from answering here (it stands still for a checkpoint, its output waits for the
/// broker) is not held against it, and a guest that gives signs of life gets up to [#MOST] more.
final class HostLimit {
    /// After the guest's own time is over. With [#ANSWER] it makes the 5 s within which a cancelled exec has ended.
    private static final Duration MARGIN = Duration.ofSeconds(4);

    /// In which a guest that is asked for a sign of life gives one.
    private static final Duration ANSWER = Duration.ofSeconds(1);

    /// A guest that kills thousands of processes may be busy for that long.
    private static final Duration MOST = Duration.ofSeconds(30);

    private final ExecId id;
    private final JobSpec.Exec spec;
    private final CompletableFuture<ExecEnd> end;
    private @Nullable Guest guest;
    private @Nullable Deadline cancelled;

    /// @param end of the exec; completed here when nothing else has completed it in time
    HostLimit(ExecId id, JobSpec.Exec spec, CompletableFuture<ExecEnd> end) {
        this.id = id;
        this.spec = spec;
        this.end = end;
    }

    /// The exec is in this guest from now on.
    ///
    /// @param ran how long it has been there
    synchronized void in(Guest where, Duration ran) {
        guest = where;
        if (spec.timeoutMillis() > 0) {
            begin(where, timeout(ran), new ExecEnd.Unanswered(false));
        }
        if (cancelled != null) {
            begin(where, cancelled.left(), new ExecEnd.Unanswered(true));
        }
    }

    synchronized void cancelled() {
        cancelled = Deadline.after(grace().plus(MARGIN));
        if (guest != null) {
            begin(guest, cancelled.left(), new ExecEnd.Unanswered(true));
        }
    }

    /// For an exec whose guest can't be asked: how it ends by now.
    ///
    /// @param ran since it was claimed
    synchronized Optional<ExecEnd.Unanswered> over(Duration ran) {
        if (cancelled != null && cancelled.passed()) {
            return Optional.of(new ExecEnd.Unanswered(true));
        }
        return spec.timeoutMillis() > 0 && timeout(ran).isZero()
                ? Optional.of(new ExecEnd.Unanswered(false))
                : Optional.empty();
    }

    private Duration grace() {
        return Duration.ofMillis(spec.graceMillis());
    }

    private Duration timeout(Duration ran) {
        Duration left = Duration.ofMillis(spec.timeoutMillis()).minus(ran);
        return left.plus(grace()).plus(MARGIN).isPositive() ? left.plus(grace()).plus(MARGIN) : Duration.ZERO;
    }

    private void begin(Guest of, Duration time, ExecEnd.Unanswered how) {
        var _ = Thread.ofVirtual().name("limit-" + id).start(() -> {
            try {
                watch(of, time, how);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
    }

    private void watch(Guest of, Duration time, ExecEnd.Unanswered how) throws InterruptedException {
        Duration stood = of.stoodStill();
        Duration more = Duration.ZERO;
        boolean over = ended(time);
        while (!over) {
            Duration standing = of.stoodStill().minus(stood);
            stood = stood.plus(standing);
            if (standing.isPositive() || of.heldUp()) {
                over = ended(standing.compareTo(ANSWER) > 0 ? standing : ANSWER);
                continue;
            }
            of.prod();
            over = ended(ANSWER);
            boolean answers = of.silence().compareTo(ANSWER) <= 0;
            more = more.plus(ANSWER);
            if (!over && (!answers || more.compareTo(MOST) > 0)) {
                end.complete(how);
                over = true;
            }
        }
    }

    /// Waits for `time` at most.
    private boolean ended(Duration time) throws InterruptedException {
        try {
            end.get(time.toNanos(), TimeUnit.NANOSECONDS);
            return true;
        } catch (ExecutionException _) {
            return true;
        } catch (TimeoutException _) {
            return false;
        }
    }
}
