package dev.noid.gateway.store;

import dev.noid.schema.ExecId;
import dev.noid.schema.api.LogEnd;
import org.jspecify.annotations.Nullable;

/// Where a VM's log is.
///
/// @param id     the VM and the generation whose log it is
/// @param offset of `noid.output`, no later than its first record; null before the VM is made
/// @param end    null while more may come
/// @param endedJustNow its worker may still hold back some of it
public record LogRow(
        ExecId id,
        int partition,
        @Nullable Long offset,
        @Nullable LogEnd end,
        boolean endedJustNow) {}
