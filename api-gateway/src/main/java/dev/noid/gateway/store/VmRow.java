package dev.noid.gateway.store;

import dev.noid.schema.job.JobSpec.Shape;
import dev.noid.schema.vm.VmDesired;
import dev.noid.schema.vm.VmObserved;
import org.jspecify.annotations.Nullable;

/// What deciding on a VM needs of its row.
///
/// @param image      digest
/// @param openStart  a create, start or restore of it is not over yet
/// @param hostGone   its host has not been heard of for 30 s
/// @param hostMemoryMib what its host gives all VMs together; 0 without a host
public record VmRow(
        String id,
        String name,
        VmDesired desired,
        VmObserved observed,
        @Nullable String reason,
        @Nullable String host,
        String image,
        Shape shape,
        boolean openStart,
        boolean hostGone,
        int hostMemoryMib) {}
