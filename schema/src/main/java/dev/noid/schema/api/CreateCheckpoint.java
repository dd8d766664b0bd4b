package dev.noid.schema.api;

import org.jspecify.annotations.Nullable;

/// `POST /vms/{name}/checkpoints`.
///
/// @param label form [dev.noid.schema.Names#FORM], unique among the VM's checkpoints; null is none
/// @param pin   no policy removes it; null is false
public record CreateCheckpoint(
        @Nullable String label, @Nullable Boolean pin) {}
