package dev.noid.schema.api;

import dev.noid.schema.vm.VmDesired;
import dev.noid.schema.vm.VmObserved;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// A VM as people see it.
///
/// @param reason    why it is `failed` or `stopped` when nobody asked
/// @param engine    set once a host has it
/// @param isolation what the engine promises: `kvm`, or `none`
/// @param pid       of its VMM on its host
/// @param checkpoint id of the one it goes on from: made of it, or it was put back to or forked from it, last
public record Vm(
        String id,
        String name,
        VmDesired desired,
        VmObserved observed,
        @Nullable String reason,
        long generation,
        String image,
        int memoryMib,
        int cpus,
        int diskMib,
        @Nullable String host,
        @Nullable String engine,
        @Nullable String isolation,
        @Nullable Long pid,
        @Nullable String checkpoint,
        Instant createdAt,
        Instant updatedAt) {}
