package dev.noid.schema.api;

import java.time.Instant;

/// An image some host has.
public record Image(String name, String digest, String kernel, long sizeBytes, int hosts, Instant createdAt) {}
