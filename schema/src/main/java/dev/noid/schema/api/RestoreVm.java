package dev.noid.schema.api;

import org.jspecify.annotations.Nullable;

/// `POST /vms/{name}/restore`.
///
/// @param checkpoint id, unique prefix of one, label of this VM, or `vm/label`; null is the newest complete one that
/// was asked for
/// @param keep       makes a checkpoint of what runs now first; null is true
public record RestoreVm(
        @Nullable String checkpoint, @Nullable Boolean keep) {}
