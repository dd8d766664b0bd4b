package dev.noid.schema.api;

import org.jspecify.annotations.Nullable;

/// `PATCH /checkpoints/{id}`. What is null stays as it is.
///
/// @param pinned no policy removes it
/// @param label  form [dev.noid.schema.Names#FORM], unique among the VM's checkpoints; empty takes it away
public record ChangeCheckpoint(
        @Nullable Boolean pinned, @Nullable String label) {}
