package dev.noid.schema.api;

import org.jspecify.annotations.Nullable;

/// Reply to `POST /jobs/{id}/signal`.
///
/// @param id        of this request
/// @param delivered the process group got it
/// @param detail    why not
public record SignalAnswer(
        String id, boolean delivered, @Nullable String detail) {}
