package dev.noid.bench.result;

import java.util.ArrayList;
import java.util.List;

/// Measurements of one thing, as they come.
public final class Series {
    private static final double NANOS_PER_MILLI = 1e6;

    private final SampleLog log;
    private final String figure;
    private final String side;
    private final Unit unit;
    private final List<Double> values = new ArrayList<>();

    Series(SampleLog log, String figure, String side, Unit unit) {
        this.log = log;
        this.figure = figure;
        this.side = side;
        this.unit = unit;
    }

    public synchronized void add(double value) {
        values.add(value);
        log.write(this, values.size(), value);
    }

    /// In milliseconds, the time since a [System#nanoTime].
    public void addSince(long began) {
        add((System.nanoTime() - began) / NANOS_PER_MILLI);
    }

    public synchronized Samples samples() {
        return new Samples(values);
    }

    String figure() {
        return figure;
    }

    String side() {
        return side;
    }

    Unit unit() {
        return unit;
    }
}
