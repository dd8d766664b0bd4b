package dev.noid.worker.guest;

import java.time.Instant;
import java.time.InstantSource;

/// What the host says of itself at the beginning of each session.
///
/// @param vm       whose guest it is, for the log
/// @param hostname the guest takes; empty leaves what it has
/// @param clock    the guest's clock is set by
public record Hello(String vm, String hostname, long generation, InstantSource clock) {
    public static final int PROTOCOL = 1;

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
