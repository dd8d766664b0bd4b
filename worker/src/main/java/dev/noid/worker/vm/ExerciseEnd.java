package dev.noid.worker.vm;

import dev.noid.schema.record.Stream;
import dev.noid.worker.guest.ExecListener;
import dev.noid.worker.guest.GuestExit;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// Hears whether a process came to its end, which need not be a good one.
final class ExerciseEnd implements ExecListener {
    private final CompletableFuture<Boolean> ended = new CompletableFuture<>();

    boolean within(Duration time) {
        try {
            return ended.get(time.toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        } catch (ExecutionException | TimeoutException e) {
            return false;
        }
    }

    @Override
    public void started(long pid) {
        // Its end is what counts.
    }

    @Override
    public void output(Stream stream, long offset, byte[] bytes) {
        // Nobody reads it.
    }

    @Override
    public void inputAcknowledged(long acknowledged, long granted, boolean closed) {
        // It gets none.
    }

    @Override
    public void signalled(int number, int errno) {
        // It gets none.
    }

    @Override
    public void ended(GuestExit exit) {
        ended.complete(
                switch (exit) {
                    case GuestExit.Exited _ -> true;
                    case GuestExit.NotStarted(GuestExit.Stage stage, int _) -> stage == GuestExit.Stage.EXEC;
                    case GuestExit.Signalled _ -> false;
                });
    }

    @Override
    public void refused(Refusal why, String detail) {
        ended.complete(false);
    }

    @Override
    public void gone() {
        ended.complete(false);
    }
}
