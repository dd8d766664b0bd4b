package dev.noid.schema.api;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// A part of a list.
///
/// @param nextCursor opaque; null at the end
public record Page<T>(List<T> items, @Nullable String nextCursor) {}
