package dev.noid.bench.figure;

/// The longest silence between two signs of life.
final class GapMeter {
    private static final double NANOS_PER_MILLI = 1e6;

    private long last = System.nanoTime();
    private long longest;

    synchronized void sign() {
        long now = System.nanoTime();
        longest = Math.max(longest, now - last);
        last = now;
        notifyAll();
    }

    /// Forgets all but the last sign.
    synchronized void reset() {
        longest = 0;
    }

    /// In milliseconds, since the reset, with a silence that goes on.
    synchronized double longest() {
        return Math.max(longest, System.nanoTime() - last) / NANOS_PER_MILLI;
    }

    /// Until a few more signs have come: then a silence is over.
    synchronized void awaitSigns(int count) throws InterruptedException {
        long end = System.nanoTime() + 10_000_000_000L;
        for (int i = 0; i < count; i++) {
            long before = last;
            while (last == before && System.nanoTime() - end < 0) {
                wait(1000);
            }
        }
    }
}
