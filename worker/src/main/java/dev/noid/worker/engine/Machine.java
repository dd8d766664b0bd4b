package dev.noid.worker.engine;

import dev.noid.schema.Deadline;
import dev.noid.worker.guest.Guest;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/// A running VMM. It outlives this object and this process; [#close] only lets go of it.
public interface Machine extends AutoCloseable {
    /// Code of the failure of [#pause] when the guest does not answer.
    String GUEST_NOT_QUIESCED = "guest_not_quiesced";

    String vm();

    long generation();

    long pid();

    Guest guest();

    /// Completes within 2 s after the VMM's end, whoever ended it.
    CompletionStage<Ended> ended();

    /// Asks the guest to shut down, waits at most `grace`, then kills the VMM; removes its run directory. Returns
    /// when it is gone. The guest has a few seconds for its files in any case: without a grace its programs are
    /// killed at once, but what they wrote is kept.
    Ended stop(Duration grace);

    /// Kills the VMM; what its guest has not synced is lost. Else as [#stop].
    Ended kill();

    /// Quiesces the guest and stops the VMM. On failure, by the deadline, both go on.
    EngineResult<PausedMachine> pause(Deadline deadline);

    /// What a boot here has, with the build that this VMM is: its program may have been replaced since it was
    /// started.
    ///
    /// @param here of the boot
    default Fingerprint fingerprint(Fingerprint here) {
        return here;
    }

    /// Makes the VM's disk of fewer layers while it runs: a read goes through all of them. Takes as long as copying
    /// what they hold; a checkpoint in between ends it, which is a failure and does no harm. What was copied then
    /// is not copied again, unless a layer came on top. Waits for one that is at it. An engine whose disks are no
    /// chains does nothing.
    ///
    /// @param layers         of the disk now, lowest first
    /// @param bytesPerSecond at most; 0 for as many as there can be
    /// @param unwanted       asked again and again from when it has begun; ends it too
    /// @return the layers it has then; the others are this VM's no longer
    default EngineResult<List<String>> flatten(
            List<String> layers, long bytesPerSecond, BooleanSupplier unwanted, Deadline deadline) {
        return new EngineResult.Ok<>(layers);
    }

    /// Why the VM stands still though nobody asked for that, as `code: sentence`; empty while it does not.
    default Optional<String> stall() {
        return Optional.empty();
    }

    /// Lets go without touching the VMM, so that the next worker can adopt it.
    @Override
    void close();

    /// @param orderly the guest shut down by itself or as asked
    /// @param reason  for a person; null when somebody asked for it
    record Ended(boolean orderly, @Nullable String reason) {}
}
