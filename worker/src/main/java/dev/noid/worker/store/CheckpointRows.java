package dev.noid.worker.store;

import dev.noid.schema.Json;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.PreparedBatch;
import tools.jackson.databind.json.JsonMapper;

/// Checkpoints: made as intent by a gateway, completed and removed here.
public final class CheckpointRows {
    private static final JsonMapper JSON = Json.records();

    private final Database database;
    private final String host;

    public CheckpointRows(Database database, HostRow host) {
        this.database = database;
        this.host = host.id();
    }

    public Optional<CheckpointRow> find(String id) {
        return database.soon(
                handle -> handle.createQuery("SELECT id, vm_id, parent_id, label FROM checkpoints WHERE id = :id")
                        .bind("id", id)
                        .map((row, _) -> new CheckpointRow(
                                row.getString("id"),
                                row.getString("vm_id"),
                                row.getString("parent_id"),
                                row.getString("label")))
                        .findOne());
    }

    /// Those of this host that somebody wants removed.
    public List<CheckpointRow> removing() {
        return database.soon(handle -> handle.createQuery("""
                        SELECT id, vm_id, parent_id, label FROM checkpoints WHERE host_id = :host AND state = 'removing'""")
                .bind("host", host)
                .map((row, _) -> new CheckpointRow(
                        row.getString("id"),
                        row.getString("vm_id"),
                        row.getString("parent_id"),
                        row.getString("label")))
                .list());
    }

    /// Its files are gone.
    public void removed(String id) {
        database.<Integer>always(handle -> {
            int removed = handle.createUpdate(
                            "UPDATE checkpoints SET state = 'removed', removed_at = now() WHERE id = :id AND state = 'removing'")
                    .bind("id", id)
                    .execute();
            handle.createUpdate("DELETE FROM checkpoint_files WHERE checkpoint_id = :id")
                    .bind("id", id)
                    .execute();
            return removed;
        });
    }

    /// Ids of all that may have files here.
    public Set<String> withFiles() {
        return database.soon(handle -> new HashSet<>(
                handle.createQuery("""
                        SELECT id FROM checkpoints WHERE host_id = :host AND state IN ('pending', 'complete', 'removing')""").bind("host", host).mapTo(String.class).list()));
    }

    /// Bytes that this host's checkpoints take, every file counted once.
    public long bytes() {
        return database.soon(handle ->
                handle.createQuery("""
                        SELECT coalesce(sum(bytes), 0) FROM (
                            SELECT DISTINCT ON (f.name) f.name, f.bytes FROM checkpoint_files f JOIN checkpoints c ON c.id = f.checkpoint_id
                            WHERE c.host_id = :host) AS once""").bind("host", host).mapTo(Long.class).one());
    }

    /// @param generation the VM has after what is being written
    static void change(Handle handle, String vm, long generation, CheckpointChange change) {
        switch (change) {
            case CheckpointChange.Complete complete -> complete(handle, complete);
            case CheckpointChange.Failed(String id) ->
                handle.createUpdate("UPDATE checkpoints SET state = 'failed' WHERE id = :id AND state = 'pending'")
                        .bind("id", id)
                        .execute();
            case CheckpointChange.Current(String id) ->
                handle.createUpdate(
                                "UPDATE vms SET checkpoint_id = :id WHERE id = :vm AND generation = :generation AND observed <> 'destroyed'")
                        .bind("id", id)
                        .bind("vm", vm)
                        .bind("generation", generation)
                        .execute();
        }
    }

    private static void complete(Handle handle, CheckpointChange.Complete made) {
        long bytes =
                made.files().stream().mapToLong(CheckpointChange.File::bytes).sum();
        int completed = handle.createUpdate("""
                        UPDATE checkpoints SET state = 'complete', fingerprint = CAST(:fingerprint AS jsonb), size_bytes = :bytes,
                            pause_millis = :pause, total_millis = :total, completed_at = now()
                        WHERE id = :id AND state = 'pending'""")
                .bind("id", made.id())
                .bind("fingerprint", JSON.writeValueAsString(made.fingerprint()))
                .bind("bytes", bytes)
                .bind("pause", made.pauseMillis())
                .bind("total", made.totalMillis())
                .execute();
        if (completed == 1 && !made.files().isEmpty()) {
            PreparedBatch batch = handle.prepareBatch("""
                    INSERT INTO checkpoint_files (checkpoint_id, name, bytes) VALUES (:id, :name, :bytes) ON CONFLICT DO NOTHING""");
            made.files().forEach(file -> batch.bind("id", made.id())
                    .bind("name", file.name())
                    .bind("bytes", file.bytes())
                    .add());
            batch.execute();
        }
    }
}
