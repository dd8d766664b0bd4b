package dev.noid.gateway.live;

import dev.noid.gateway.store.JobRow;
import java.util.Optional;

/// Reads one job's row as it is now.
public interface JobRows {
    /// Empty when the tenant has no such job.
    Optional<JobRow> find(String tenant, String id);
}
