package dev.noid.worker.vm;

import dev.noid.schema.Deadline;
import dev.noid.schema.job.JobError;
import dev.noid.worker.engine.EngineResult;
import dev.noid.worker.engine.Machine;
import dev.noid.worker.engine.PausedMachine;
import dev.noid.worker.guest.Guest;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.BooleanSupplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// A VMM of which only its end is real.
final class FakeMachine implements Machine {
    final CompletableFuture<Ended> ended = new CompletableFuture<>();
    UnaryOperator<List<String>> flatten = UnaryOperator.identity();
    /// As the one who called last for [#flatten] gave them.
    long bytesPerSecond = -1;

    volatile BooleanSupplier unwanted = () -> false;
    boolean closed;

    @Nullable
    Guest guest;

    Optional<String> stall = Optional.empty();

    @Override
    public String vm() {
        return "vm-1";
    }

    @Override
    public long generation() {
        return 1;
    }

    @Override
    public long pid() {
        return 42;
    }

    @Override
    public Guest guest() {
        if (guest == null) {
            throw new UnsupportedOperationException("nobody is in it");
        }
        return guest;
    }

    @Override
    public Optional<String> stall() {
        return stall;
    }

    @Override
    public CompletionStage<Ended> ended() {
        return ended;
    }

    @Override
    public Ended stop(Duration grace) {
        Ended end = new Ended(false, null);
        ended.complete(end);
        return end;
    }

    @Override
    public Ended kill() {
        return stop(Duration.ZERO);
    }

    @Override
    public void close() {
        closed = true;
    }

    @Override
    public EngineResult<List<String>> flatten(
            List<String> layers, long atMost, BooleanSupplier notWanted, Deadline deadline) {
        bytesPerSecond = atMost;
        unwanted = notWanted;
        List<String> flat = flatten.apply(layers);
        return flat.isEmpty()
                ? new EngineResult.Failed<>(JobError.host("vmm_refused", "ended by a checkpoint"), true)
                : new EngineResult.Ok<>(flat);
    }

    @Override
    public EngineResult<PausedMachine> pause(Deadline deadline) {
        throw new UnsupportedOperationException();
    }
}
