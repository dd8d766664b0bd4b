package dev.noid.gateway.store;

import org.jspecify.annotations.Nullable;

/// How long a VM is wanted, as it was asked for. Null bounds nothing.
///
/// @param ttlSeconds      it is destroyed so long after that
/// @param idleStopSeconds it is stopped once nothing was asked of it for so long
/// @param leaseSeconds    it is destroyed so long after that, unless somebody renews this
/// @param ephemeral       it is destroyed once its execs are over
public record Lifetime(
        @Nullable Long ttlSeconds,
        @Nullable Integer idleStopSeconds,
        @Nullable Integer leaseSeconds,
        boolean ephemeral) {}
