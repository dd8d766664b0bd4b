package dev.noid.worker.guest;

import java.time.Instant;
import java.time.InstantSource;

/// What the host says of itself at the beginning of each session.
///
/// @param vm       whose guest it is, for the log
/// @param hostname the guest takes; empty leaves what it has
/// @param clock    the guest's clock is set by
public record Hello(String vm, String hostname, long generation, InstantSource clock) {
    /// Offered; an agent that knows less answers with less.
    static final int PROTOCOL = 2;

    /// Every agent speaks this one, and so does every host: saved VMs are the same in that.
    public static final int FIRST = 1;

    /// From here on agents take an exec in parts.
    static final int PARTS = 2;

    byte[] payload() {
        Instant now = clock.instant();
        return new PayloadWriter()
                .u16(PROTOCOL)
                .u64(generation)
                .u64(now.getEpochSecond() * 1_000_000_000L + now.getNano())
                .string(hostname)
                .done();
    }
}
