package dev.noid.standalone.supervisor;

import dev.noid.standalone.process.ProcessId;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// What the supervisor last saw of a part.
///
/// @param pid null while it has no process
/// @param startTicks tells that process from a later one with the same pid
/// @param since when it came into this state
/// @param lastEnd how its process before this one ended; null when it had none
public record PartStatus(
        String name,
        @Nullable Long pid,
        @Nullable Long startTicks,
        int port,
        PartState state,
        Instant since,
        @Nullable String lastEnd) {

    public Optional<ProcessId> process() {
        return pid == null || startTicks == null ? Optional.empty() : Optional.of(new ProcessId(pid, startTicks));
    }
}
