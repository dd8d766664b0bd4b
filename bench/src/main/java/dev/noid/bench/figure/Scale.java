package dev.noid.bench.figure;

import java.time.Duration;

/// How much is measured.
///
/// @param rounds of what takes long: each is one sample of either side
/// @param execs  of what takes milliseconds
/// @param slice  of a closed loop: one sample of its rate
/// @param warmUp before what takes milliseconds is measured
public record Scale(int rounds, int execs, Duration slice, Duration warmUp) {
    public static final Scale FULL = new Scale(30, 200, Duration.ofMillis(600), Duration.ofSeconds(5));

    /// For a look; too few for a 99th percentile to mean much.
    public static final Scale QUICK = new Scale(2, 40, Duration.ofMillis(300), Duration.ofSeconds(2));
}
