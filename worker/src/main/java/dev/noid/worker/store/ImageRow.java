package dev.noid.worker.store;

/// An image this host has.
public record ImageRow(String digest, String name, String kernel, long sizeBytes) {}
