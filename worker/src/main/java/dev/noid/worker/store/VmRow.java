package dev.noid.worker.store;

import dev.noid.schema.job.JobSpec;
import dev.noid.schema.vm.VmDesired;
import dev.noid.schema.vm.VmObserved;
import org.jspecify.annotations.Nullable;

/// A VM as its row says.
///
/// @param partition of `noid.events` and `noid.output`
/// @param reason    why it is what it was observed to be, when nobody asked for it
/// @param bootId    of the guest's kernel when it was last started
public record VmRow(
        String id,
        String tenant,
        String name,
        long generation,
        VmDesired desired,
        VmObserved observed,
        @Nullable String reason,
        @Nullable String host,
        String image,
        JobSpec.Shape shape,
        int partition,
        @Nullable String bootId) {}
