package dev.noid.gateway.store;

import dev.noid.schema.api.CheckpointUsage;
import java.util.List;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/// What checkpoints cost on their hosts.
public final class CheckpointSpace {
    /// Files of checkpoints `c`. What is one file has one name wherever it is linked, so that its bytes are the same
    /// ones; no two others share a name.
    static final String FILES = """
            SELECT c.id, c.vm_name, c.vm_id, c.tenant_id, c.host_id, f.bytes, f.name AS file
            FROM checkpoints c JOIN checkpoint_files f ON f.checkpoint_id = c.id
            WHERE c.state IN ('complete', 'removing')
            """;

    private final Handle handle;

    CheckpointSpace(Handle handle) {
        this.handle = handle;
    }

    /// @param used    by complete ones and those that are still being removed, shared bytes once
    /// @param allowed 0 when the host has not said
    public record Room(long used, long allowed) {}

    public Room room(String host) {
        return handle.createQuery("""
                        SELECT h.checkpoint_bytes, COALESCE((
                            SELECT sum(bytes) FROM (SELECT max(bytes) AS bytes FROM (%s AND c.host_id = :host) AS files
                                                    GROUP BY file) AS once), 0) AS used
                        FROM hosts h WHERE h.id = :host
                        """.formatted(FILES))
                .bind("host", host)
                .map((row, _) -> new Room(row.getLong("used"), row.getLong("checkpoint_bytes")))
                .one();
    }

    /// @param vm id; null is all
    public CheckpointUsage usage(String tenant, @Nullable String vm) {
        String files = """
                SELECT files.*, count(*) OVER (PARTITION BY host_id, file) AS holders
                FROM (%s AND c.tenant_id = :tenant) AS files
                """.formatted(FILES);
        List<CheckpointUsage.Item> items = handle.createQuery("""
                        SELECT c.id, c.vm_name, COALESCE(sum(f.bytes), 0) AS bytes,
                               COALESCE(sum(f.bytes) FILTER (WHERE f.holders = 1), 0) AS own
                        FROM checkpoints c LEFT JOIN (%s) AS f ON f.id = c.id
                        WHERE c.tenant_id = :tenant AND c.state = 'complete'
                        AND (CAST(:vm AS text) IS NULL OR c.vm_id = :vm)
                        GROUP BY c.id, c.vm_name ORDER BY c.id DESC
                        """.formatted(files))
                .bind("tenant", tenant)
                .bind("vm", vm)
                .map((row, _) -> new CheckpointUsage.Item(
                        row.getString("id"), row.getString("vm_name"), row.getLong("bytes"), row.getLong("own")))
                .list();
        return handle.createQuery("""
                        SELECT COALESCE((SELECT sum(bytes) FROM (
                                   SELECT max(bytes) AS bytes FROM (%s AND c.state = 'complete' AND c.tenant_id = :tenant
                                       AND (CAST(:vm AS text) IS NULL OR c.vm_id = :vm)) AS files
                                   GROUP BY host_id, file) AS once), 0) AS bytes,
                               COALESCE((SELECT sum(checkpoint_bytes) FROM hosts), 0) AS quota
                        """.formatted(FILES))
                .bind("tenant", tenant)
                .bind("vm", vm)
                .map((row, _) -> new CheckpointUsage(
                        row.getLong("bytes"),
                        items.stream().mapToLong(CheckpointUsage.Item::bytes).sum(),
                        row.getLong("quota"),
                        items))
                .one();
    }
}
