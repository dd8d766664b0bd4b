package dev.noid.gateway.live;

import dev.noid.gateway.store.LogRow;
import java.util.Optional;

/// Reads where a VM's log is now.
public interface LogRows {
    /// Empty when the tenant has no such VM.
    Optional<LogRow> find(String tenant, String name);
}
