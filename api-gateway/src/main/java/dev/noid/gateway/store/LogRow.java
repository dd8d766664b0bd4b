package dev.noid.gateway.store;

import org.jspecify.annotations.Nullable;

/// Where a VM's log is.
///
/// @param vm     id
/// @param runs   more may come
/// @param offset of `noid.output`, no later than its first record; null before the VM is made
public record LogRow(
        String vm,
        long generation,
        int partition,
        boolean runs,
        @Nullable Long offset) {}
