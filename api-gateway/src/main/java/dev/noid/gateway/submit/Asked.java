package dev.noid.gateway.submit;

import org.jspecify.annotations.Nullable;

/// Who asks, and how a repeated request is told.
///
/// @param key         of `Idempotency-Key`; null when there was none
/// @param fingerprint SHA-256 of method, path and body
public record Asked(String tenant, @Nullable String key, byte[] fingerprint) {}
