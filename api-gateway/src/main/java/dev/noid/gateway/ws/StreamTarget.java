package dev.noid.gateway.ws;

import dev.noid.gateway.store.JobRow;

/// What a client wants to see on its WebSocket; decided before the upgrade.
public record StreamTarget(String tenant, String token, JobRow job, long stdoutFrom, long stderrFrom) {
    /// Name of the request attribute that carries it across the upgrade.
    public static final String ATTRIBUTE = "noid.stream";
}
