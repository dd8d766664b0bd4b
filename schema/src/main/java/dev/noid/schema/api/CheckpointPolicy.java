package dev.noid.schema.api;

import org.jspecify.annotations.Nullable;

/// Body and reply of `PUT /vms/{name}/checkpoint-policy`, and body of `POST /vms/{name}/checkpoints/prune`. What is
/// null bounds nothing. Pinned checkpoints, the current one and those in use are never removed.
///
/// @param keepLast      newest ones to keep, 1 to 10,000
/// @param maxAgeSeconds older ones go, 60 to 315,360,000
/// @param maxBytes      oldest ones go until the rest is within, 1 or more; shared bytes count once
/// @param dryRun        prune only: says what would go, removes nothing
public record CheckpointPolicy(
        @Nullable Integer keepLast,
        @Nullable Long maxAgeSeconds,
        @Nullable Long maxBytes,
        @Nullable Boolean dryRun) {}
