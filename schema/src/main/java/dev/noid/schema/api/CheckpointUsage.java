package dev.noid.schema.api;

import java.util.List;

/// `GET /checkpoints/usage`: what the checkpoints of a tenant, or of one VM, cost.
///
/// @param bytes       allocated, every shared byte counted once
/// @param apparent    the sum of what each would cost alone
/// @param quotaBytes  what the hosts together allow for checkpoints
public record CheckpointUsage(long bytes, long apparent, long quotaBytes, List<Item> items) {
    /// @param own allocated for this one alone: what removing it would free
    public record Item(String id, String vm, long bytes, long own) {}
}
