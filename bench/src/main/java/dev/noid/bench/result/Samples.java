package dev.noid.bench.result;

import java.util.Arrays;
import java.util.List;

/// What was measured of one thing, in one unit. Percentiles are by nearest rank: each is a value that was measured.
public final class Samples {
    private final double[] sorted;

    public Samples(List<Double> values) {
        sorted = values.stream().mapToDouble(Double::doubleValue).sorted().toArray();
    }

    public int count() {
        return sorted.length;
    }

    public boolean isEmpty() {
        return sorted.length == 0;
    }

    public double median() {
        return percentile(50);
    }

    /// The bad end: of times the 99th percentile, of rates ([Unit#moreIsBetter]) the first.
    public double worst(Unit unit) {
        return percentile(unit.moreIsBetter() ? 1 : 99);
    }

    public double percentile(double percent) {
        if (sorted.length == 0) {
            throw new IllegalStateException("no samples");
        }
        int rank = (int) Math.ceil(percent / 100 * sorted.length);
        return sorted[Math.clamp(rank - 1, 0, sorted.length - 1)];
    }

    @Override
    public String toString() {
        return Arrays.toString(sorted);
    }
}
