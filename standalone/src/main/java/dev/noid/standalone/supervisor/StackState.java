package dev.noid.standalone.supervisor;

import dev.noid.standalone.process.ProcessId;
import java.time.Instant;
import java.util.List;

/// What `run/state.json` holds: enough for `status`, `down` and the next `up`, also when the supervisor is dead.
///
/// @param url of the API
/// @param controllerPort the broker's other port
public record StackState(
        String url, long pid, long startTicks, Instant since, int controllerPort, List<PartStatus> parts) {

    public ProcessId supervisor() {
        return new ProcessId(pid, startTicks);
    }

    /// 0 when there is no such part.
    public int port(String part) {
        return parts.stream()
                .filter(status -> status.name().equals(part))
                .mapToInt(PartStatus::port)
                .findFirst()
                .orElse(0);
    }
}
