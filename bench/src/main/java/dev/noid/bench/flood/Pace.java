package dev.noid.bench.flood;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/// How fast one thread of a flood sends: bursts with rests between them. Without the rests a flood on a small machine
/// measures mostly what the flooding costs.
final class Pace {
    private static final int BURST = 50;
    private static final long REST_NANOS = Duration.ofMillis(20).toNanos();

    private int sent;
    private volatile boolean over;

    /// False when it is to stop; rests when a burst is over.
    boolean next() {
        if (!over && ++sent % BURST == 0) {
            rest();
        }
        return !over;
    }

    /// Also between two connections.
    void rest() {
        LockSupport.parkNanos(REST_NANOS);
    }

    boolean isOver() {
        return over;
    }

    void end() {
        over = true;
    }
}
