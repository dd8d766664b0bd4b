package dev.noid.worker.vm;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongSupplier;

/// Where the time of one attempt went: milliseconds by step, in order.
public final class Timing {
    private final LongSupplier nanoTime;
    private final long begin;
    private final Map<String, Double> steps = new LinkedHashMap<>();
    private long last;

    public Timing(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
        this.begin = nanoTime.getAsLong();
        this.last = begin;
    }

    /// The step that ends now began where the one before it ended.
    public synchronized void lap(String step) {
        long now = nanoTime.getAsLong();
        steps.merge(step, millis(now - last), Double::sum);
        last = now;
    }

    /// Something measured elsewhere.
    public synchronized void put(String step, double millis) {
        steps.put(step, millis);
    }

    public synchronized Map<String, Double> total() {
        Map<String, Double> all = new LinkedHashMap<>(steps);
        all.put("total", millis(nanoTime.getAsLong() - begin));
        return all;
    }

    private static double millis(long nanos) {
        return Math.round(nanos / 1e4) / 100.0;
    }
}
