package dev.noid.schema.api;

import org.jspecify.annotations.Nullable;

/// `POST /vms/{name}/stop`.
///
/// @param graceSeconds 0 to 600, how long the guest may take before its VMM is killed; null is 10
public record StopVm(@Nullable Double graceSeconds) {}
