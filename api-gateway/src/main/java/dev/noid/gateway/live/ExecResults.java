package dev.noid.gateway.live;

import dev.noid.gateway.store.JobRow;
import dev.noid.schema.api.OutputLine;
import dev.noid.schema.job.ExecResult;
import dev.noid.schema.job.Outcome;
import dev.noid.schema.record.Event;
import dev.noid.schema.record.Output;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/// Results of execs that somebody here waits for from their beginning, put together from events and output as these
/// come: no row and no record is read again for them. Whoever gets none here, for whatever reason, reads the row and
/// the output as for any other job.
public final class ExecResults implements AutoCloseable {
    private final Map<String, Awaited> byJob = new ConcurrentHashMap<>();
    private final OutputTail tail;

    /// @param onDeath hears when no more output will be heard
    public ExecResults(String bootstrap, Runnable onDeath) {
        this.tail = new OutputTail(bootstrap, byJob::containsKey, this::heard, onDeath);
    }

    /// How it ended, with the output that was asked for.
    public record Result(JobRow row, Capture capture) {}

    public void start() {
        tail.start();
    }

    /// Execs in VMs of this partition are about to come.
    public void soon(int partition) {
        tail.soon(partition);
    }

    /// Waits for nothing before [Awaited#expect].
    public Awaited awaited() {
        return new Awaited();
    }

    public void ended(Event.AttemptEnded event) {
        Awaited awaited = byJob.get(event.job());
        if (awaited != null) {
            awaited.ended(event);
        }
    }

    private void heard(Output output) {
        Awaited awaited = byJob.get(output.exec().job());
        if (awaited != null) {
            awaited.heard(output);
        }
    }

    @Override
    public void close() {
        tail.close();
    }

    /// One that is waited for, until it is closed.
    public final class Awaited implements AutoCloseable {
        private final CompletableFuture<Result> result = new CompletableFuture<>();
        private final OutputAssembler assembler = new OutputAssembler(0, 0);
        private final Capture capture = new Capture();
        private OutputTail.@Nullable Watched watched;
        private @Nullable JobRow row;
        private @Nullable JobRow end;

        private Awaited() {}

        /// To be called before its worker is told of it.
        ///
        /// @param placed for the first time
        public void expect(JobRow placed) {
            try {
                OutputTail.Watched hears = tail.watch(placed.partition());
                if (hears != null) {
                    synchronized (this) {
                        watched = hears;
                        row = placed;
                    }
                    byJob.put(placed.id(), this);
                }
            } catch (InterruptedException _) {
                Thread.currentThread().interrupt();
            }
        }

        /// Empty when it is not there by then, or never will be.
        public Optional<Result> await(Duration span) throws InterruptedException {
            synchronized (this) {
                if (row == null) {
                    return Optional.empty();
                }
            }
            try {
                return Optional.of(result.get(span.toNanos(), TimeUnit.NANOSECONDS));
            } catch (TimeoutException | ExecutionException _) {
                return Optional.empty();
            }
        }

        private synchronized void ended(Event.AttemptEnded event) {
            Outcome outcome = event.outcome();
            Instant started = event.startedAt();
            Instant ended = event.endedAt();
            if (row == null) {
                return;
            }
            // Another attempt, or one that is to come, or an end without its times: the row tells.
            if (event.attempt() != row.attempt() || !outcome.state().terminal() || started == null || ended == null) {
                result.completeExceptionally(new IllegalStateException("the row tells"));
                return;
            }
            end = row.ended(outcome, started, ended);
            look();
        }

        private synchronized void heard(Output output) {
            if (row == null || output.exec().attempt() != row.attempt()) {
                return;
            }
            List<OutputLine> lines = assembler.accept(output);
            if (output instanceof Output.Chunk && lines.stream().anyMatch(OutputLine.Gap.class::isInstance)) {
                // Something before it was not heard here, but is in the log.
                result.completeExceptionally(new IllegalStateException("not heard from its beginning"));
                return;
            }
            lines.forEach(capture::line);
            look();
        }

        private void look() {
            if (end == null || end.outcome() == null) {
                return;
            }
            ExecResult exec = end.outcome().exec();
            if (exec == null
                    || assembler.complete(
                            Math.min(exec.stdoutBytes(), Capture.MOST), Math.min(exec.stderrBytes(), Capture.MOST))) {
                result.complete(new Result(end, capture));
            }
        }

        @Override
        public void close() {
            JobRow expected;
            OutputTail.Watched hears;
            synchronized (this) {
                expected = row;
                hears = watched;
                row = null;
            }
            if (expected != null && hears != null) {
                byJob.remove(expected.id());
                tail.leave(hears);
            }
        }
    }
}
