package dev.noid.schema.api;

import java.time.Instant;

/// A host as people see it.
///
/// @param state       `active`, `suspect` (no beat for 10 s), `unknown` (30 s)
/// @param accelerator `kvm`, `tcg` or `process` (stub)
public record Host(
        String id,
        String name,
        String state,
        String engine,
        String isolation,
        String accelerator,
        int cpus,
        int memoryMib,
        int memoryReservedMib,
        int vms,
        String version,
        Instant lastBeatAt) {}
