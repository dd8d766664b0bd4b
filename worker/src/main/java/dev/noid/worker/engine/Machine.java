package dev.noid.worker.engine;

import dev.noid.worker.guest.Guest;
import java.time.Duration;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/// A running VMM. It outlives this object and this process; [#close] only lets go of it.
public interface Machine extends AutoCloseable {
    String vm();

    long generation();

    long pid();

    Guest guest();

    /// Completes within 2 s after the VMM's end, whoever ended it.
    CompletionStage<Ended> ended();

    /// Asks the guest to shut down, waits at most `grace`, then kills the VMM; removes its run directory. Returns when
    /// it is gone.
    Ended stop(Duration grace);

    /// Lets go without touching the VMM, so that the next worker can adopt it.
    @Override
    void close();

    /// @param orderly the guest shut down by itself or as asked
    /// @param reason  for a person; null when somebody asked for it
    record Ended(boolean orderly, @Nullable String reason) {}
}
