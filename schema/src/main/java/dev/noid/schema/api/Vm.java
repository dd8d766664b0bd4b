package dev.noid.schema.api;

import dev.noid.schema.vm.VmDesired;
import dev.noid.schema.vm.VmObserved;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A VM as people see it.
///
/// @param reason    why it is `failed` or `stopped` when nobody asked, `idle` when it was stopped for that, or why it
/// stands still while it is `running`
/// @param unresponsiveSince since when its guest does not answer; absent while it does
/// @param engine    set once a host has it
/// @param isolation what the engine promises: `kvm`, or `none`
/// @param pid       of its VMM on its host
/// @param checkpoint id of the one it goes on from: made of it, or it was put back to or forked from it, last
/// @param labels     null when there are none
/// @param expiresAt  it is destroyed then; null is never
/// @param leaseUntil it is destroyed then, unless its lease is renewed; null is no lease
/// @param idleStopSeconds it is stopped once nothing was asked of it for so long; null is never
/// @param ephemeral  true when it is destroyed once its execs are over, else null
public record Vm(
        String id,
        String name,
        VmDesired desired,
        VmObserved observed,
        @Nullable String reason,
        @Nullable Instant unresponsiveSince,
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
        @Nullable Map<String, String> labels,
        @Nullable Instant expiresAt,
        @Nullable Instant leaseUntil,
        @Nullable Integer idleStopSeconds,
        @Nullable Boolean ephemeral,
        Instant createdAt,
        Instant updatedAt) {}
