package dev.noid.schema;

import java.time.Duration;
import java.util.function.LongSupplier;

/// A point on this process's monotonic clock by which a call ends. Never stored, never sent, never compared with
/// another machine's.
public final class Deadline {
    private final LongSupplier nanoTime;
    private final long end;

    private Deadline(LongSupplier nanoTime, long end) {
        this.nanoTime = nanoTime;
        this.end = end;
    }

    public static Deadline after(Duration span) {
        return after(span, System::nanoTime);
    }

    public static Deadline after(Duration span, LongSupplier nanoTime) {
        return new Deadline(nanoTime, nanoTime.getAsLong() + span.toNanos());
    }

    /// Never negative.
    public Duration left() {
        return Duration.ofNanos(Math.max(0, end - nanoTime.getAsLong()));
    }

    public boolean passed() {
        return end - nanoTime.getAsLong() <= 0;
    }

    /// The earlier of this one and one that ends after `span` from now.
    public Deadline atMost(Duration span) {
        return left().compareTo(span) <= 0 ? this : after(span, nanoTime);
    }
}
