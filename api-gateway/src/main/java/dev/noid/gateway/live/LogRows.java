package dev.noid.gateway.live;

import dev.noid.gateway.store.LogRow;
import dev.noid.schema.ExecId;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Reads where a VM's log is now.
public interface LogRows {
    /// Empty when the tenant has no such VM, or that VM never had such a log.
    ///
    /// @param log of a VM that has or had this name; null for that of the VM as it is now
    Optional<LogRow> find(String tenant, String name, @Nullable ExecId log);
}
