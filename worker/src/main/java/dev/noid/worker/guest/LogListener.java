package dev.noid.worker.guest;

import dev.noid.schema.ExecId;
import dev.noid.schema.record.Stream;

/// Hears what processes write whose execs a reinitialised guest inherited. Some of it may be missing, unmarked. Called
/// on the session's reader thread, so it must not block.
@FunctionalInterface
public interface LogListener {
    /// @param exec as the guest claims
    void log(ExecId exec, Stream stream, byte[] bytes);
}
