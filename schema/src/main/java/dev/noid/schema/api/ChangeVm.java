package dev.noid.schema.api;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/// `PATCH /vms/{name}`: what is not there stays as it is.
///
/// @param ttlSeconds      destroyed so long from now; 0 is never
/// @param idleStopSeconds stopped once nothing was asked of it for so long; 0 is never
/// @param leaseSeconds    a lease of so long from now; 0 takes it away
/// @param labels          these are set, and those with null taken away; the others stay
public record ChangeVm(
        @Nullable Long ttlSeconds,
        @Nullable Integer idleStopSeconds,
        @Nullable Integer leaseSeconds,
        @Nullable Map<String, @Nullable String> labels) {}
