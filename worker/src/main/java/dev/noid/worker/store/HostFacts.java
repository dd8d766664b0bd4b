package dev.noid.worker.store;

/// What this host says of itself.
///
/// @param memoryMib       what VMs may use together
/// @param checkpointBytes what checkpoints may take together
public record HostFacts(
        String name,
        String engine,
        String isolation,
        String accelerator,
        int cpus,
        int memoryMib,
        long checkpointBytes,
        String version) {}
