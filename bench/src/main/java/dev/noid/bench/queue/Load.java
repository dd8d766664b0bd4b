package dev.noid.bench.queue;

import dev.noid.bench.result.Series;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/// Two ways to ask for jobs.
public final class Load {
    private static final double NANOS_PER_SECOND = 1e9;

    private Load() {}

    /// Everybody asks again as soon as the last one is over.
    ///
    /// @return jobs a second
    public static double closed(List<? extends RoundTrips> clients, Duration span)
            throws IOException, InterruptedException {
        AtomicLong done = new AtomicLong();
        long began = System.nanoTime();
        long end = began + span.toNanos();
        all(clients, client -> {
            while (System.nanoTime() - end < 0) {
                client.one();
                // What ends after the span belongs to the next, which it delays.
                if (System.nanoTime() - end < 0) {
                    done.incrementAndGet();
                }
            }
        });
        return done.get() * NANOS_PER_SECOND / span.toNanos();
    }

    /// One every `gap`, whether or not the earlier ones are over: waiting counts from when a job should have been
    /// asked for.
    public static void open(List<? extends RoundTrips> clients, Duration gap, int count, Series into)
            throws IOException, InterruptedException {
        long began = System.nanoTime();
        AtomicLong turn = new AtomicLong();
        all(clients, client -> {
            for (long mine = turn.getAndIncrement(); mine < count; mine = turn.getAndIncrement()) {
                long due = began + mine * gap.toNanos();
                for (long left = due - System.nanoTime(); left > 0; left = due - System.nanoTime()) {
                    LockSupport.parkNanos(left);
                }
                client.one();
                into.addSince(due);
            }
        });
    }

    /// All of it at once, each on a thread of its own; the results in order.
    public static <T> List<T> together(List<? extends Callable<T>> work) throws IOException, InterruptedException {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<T> results = new ArrayList<>();
            for (Future<T> one : threads.invokeAll(work)) {
                results.add(one.get());
            }
            return results;
        } catch (ExecutionException failed) {
            throw failed.getCause() instanceof IOException problem ? problem : new IOException(failed.getCause());
        }
    }

    private interface Client {
        void run(RoundTrips trips) throws IOException, InterruptedException;
    }

    private static void all(List<? extends RoundTrips> clients, Client work) throws IOException, InterruptedException {
        var _ = together(clients.stream()
                .<Callable<Boolean>>map(client -> () -> {
                    work.run(client);
                    return true;
                })
                .toList());
    }
}
