package dev.noid.worker.store;

import org.jspecify.annotations.Nullable;

/// A checkpoint as its row says.
///
/// @param vm id of the VM it was made of
public record CheckpointRow(
        String id,
        String vm,
        @Nullable String parent,
        @Nullable String label) {}
