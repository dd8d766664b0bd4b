package dev.noid.worker.store;

/// What this host says of itself.
///
/// @param memoryMib what VMs may use together
public record HostFacts(
        String name, String engine, String isolation, String accelerator, int cpus, int memoryMib, String version) {}
