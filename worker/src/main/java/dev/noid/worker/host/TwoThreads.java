package dev.noid.worker.host;

import java.io.IOException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/// A VM that stands still leaves its processor free, so that two threads can do what the caller waits for.
final class TwoThreads {
    /// What one of them does.
    interface Share {
        /// @param next which one to do; below zero when there is none any more
        void take(IntSupplier next) throws IOException;
    }

    private TwoThreads() {}

    /// Returns when all is done, by this thread and, unless it is little, another one.
    static void run(int count, Share share) throws IOException {
        AtomicInteger taken = new AtomicInteger();
        IntSupplier next = () -> {
            int one = taken.getAndIncrement();
            return one < count ? one : -1;
        };
        FutureTask<@Nullable Void> other = new FutureTask<>(() -> {
            share.take(next);
            return null;
        });
        boolean two = count > 2;
        if (two) {
            Thread.ofPlatform().daemon().name("sparse-copy").start(other);
        }
        try {
            share.take(next);
        } finally {
            taken.set(count);
            if (two) {
                join(other);
            }
        }
    }

    private static void join(FutureTask<@Nullable Void> other) throws IOException {
        boolean interrupted = false;
        while (true) {
            try {
                other.get();
                return;
            } catch (InterruptedException _) {
                interrupted = true; // it ends with the one it does
            } catch (ExecutionException failed) {
                if (failed.getCause() instanceof IOException cause) {
                    throw new IOException(cause.getMessage(), cause);
                }
                throw new IllegalStateException(failed);
            } finally {
                if (interrupted) {
                    Thread.currentThread().interrupt();
                }
            }
        }
    }
}
