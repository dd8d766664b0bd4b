package dev.noid.schema.job;

import org.jspecify.annotations.Nullable;

/// What a checkpoint or a restore came to.
///
/// @param checkpoint  id of the one that was made; null when none was
/// @param pauseMillis how long the guest stood still
/// @param bytes       allocated on the host for what was made, shared ones counted once for every checkpoint
public record CheckpointResult(@Nullable String checkpoint, double pauseMillis, long bytes) {}
