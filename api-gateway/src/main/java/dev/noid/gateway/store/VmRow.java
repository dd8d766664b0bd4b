package dev.noid.gateway.store;

import dev.noid.schema.job.JobSpec.Shape;
import dev.noid.schema.vm.VmDesired;
import dev.noid.schema.vm.VmObserved;
import org.jspecify.annotations.Nullable;

/// What deciding on a VM needs of its row.
///
/// @param openStart a create or start of it is not over yet
public record VmRow(
        String id,
        String name,
        VmDesired desired,
        VmObserved observed,
        @Nullable String reason,
        @Nullable String host,
        Shape shape,
        boolean openStart) {}
