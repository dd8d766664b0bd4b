package dev.noid.standalone.supervisor;

import java.time.Duration;

/// How long a part waits before it is started again: short for one that had served for a while, longer at each death
/// in a row.
///
/// @param healthyAfter a part that served this long starts over with `first`
public record Backoff(Duration first, Duration most, Duration healthyAfter) {
    /// Each start takes a second or more by itself, so one that dies soon after it can't spin either.
    public static final Backoff USUAL =
            new Backoff(Duration.ofMillis(200), Duration.ofSeconds(5), Duration.ofSeconds(1));

    /// @param deaths in a row, from 1
    Duration delay(int deaths) {
        Duration delay = first.multipliedBy(1L << Math.min(deaths - 1, 16));
        return delay.compareTo(most) < 0 ? delay : most;
    }
}
