package dev.noid.worker.store;

import dev.noid.schema.ExecId;
import org.jspecify.annotations.Nullable;

/// An exec that somebody here wants to take.
///
/// @param bootId       of the guest it will run in; null when it runs in none
/// @param outputOffset of `noid.output`, no later than its first record
public record ExecClaim(
        ExecId attempt,
        String vm,
        long generation,
        @Nullable String bootId,
        long outputOffset) {}
