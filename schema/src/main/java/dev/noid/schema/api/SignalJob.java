package dev.noid.schema.api;

import org.jspecify.annotations.Nullable;

/// `POST /jobs/{id}/signal`.
///
/// @param signal name, with or without SIG; required
public record SignalJob(@Nullable String signal) {}
