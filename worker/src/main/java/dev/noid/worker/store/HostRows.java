package dev.noid.worker.store;

import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// This host's own row, and its images.
public final class HostRows {
    private final Database database;

    public HostRows(Database database) {
        this.database = database;
    }

    /// Id of the host that registered under a name.
    public Optional<String> id(String name) {
        return database.always(handle -> handle.createQuery("SELECT id FROM hosts WHERE name = :name")
                .bind("name", name)
                .mapTo(String.class)
                .findOne());
    }

    /// Takes the host's row over for this process; makes it at the first start. The partition stays what it was.
    ///
    /// @param newId      for a host that has no row yet
    /// @param partitions of `noid.commands`
    public HostRow register(HostFacts facts, String newId, String startId, int partitions) {
        return database.always(handle -> handle.createQuery("""
                        INSERT INTO hosts (id, name, start_id, command_partition, engine, isolation, accelerator, cpus, memory_mib, checkpoint_bytes, version)
                        VALUES (:id, :name, :start, (SELECT count(*) FROM hosts) % :partitions, :engine, :isolation, :accelerator, :cpus, :memory, :checkpoints, :version)
                        ON CONFLICT (name) DO UPDATE SET start_id = excluded.start_id, engine = excluded.engine, isolation = excluded.isolation,
                            accelerator = excluded.accelerator, cpus = excluded.cpus, memory_mib = excluded.memory_mib,
                            checkpoint_bytes = excluded.checkpoint_bytes, version = excluded.version,
                            started_at = now(), last_beat_at = now()
                        RETURNING id, start_id, command_partition""")
                .bind("id", newId)
                .bind("name", facts.name())
                .bind("start", startId)
                .bind("partitions", partitions)
                .bind("engine", facts.engine())
                .bind("isolation", facts.isolation())
                .bind("accelerator", facts.accelerator())
                .bind("cpus", facts.cpus())
                .bind("memory", facts.memoryMib())
                .bind("checkpoints", facts.checkpointBytes())
                .bind("version", facts.version())
                .map((row, _) ->
                        new HostRow(row.getString("id"), row.getString("start_id"), row.getInt("command_partition")))
                .one());
    }

    /// False when another process has this host now.
    ///
    /// @param backedMib what it could really give its VMs together now; null when that is not known
    public boolean beat(HostRow host, @Nullable Integer backedMib) {
        return database.soon(handle -> handle.createUpdate("""
                                UPDATE hosts SET last_beat_at = now(), backed_mib = :backed
                                WHERE id = :id AND start_id = :start""")
                        .bind("backed", backedMib)
                        .bind("id", host.id())
                        .bind("start", host.startId())
                        .execute())
                == 1;
    }

    /// Says which images this host has now, and forgets the others.
    public void images(HostRow host, List<ImageRow> images) {
        database.<Integer>always(handle -> {
            for (ImageRow image : images) {
                handle.createUpdate("""
                                INSERT INTO images (digest, host_id, name, kernel, size_bytes) VALUES (:digest, :host, :name, :kernel, :size)
                                ON CONFLICT (digest, host_id) DO UPDATE SET name = excluded.name, kernel = excluded.kernel, size_bytes = excluded.size_bytes""")
                        .bind("digest", image.digest())
                        .bind("host", host.id())
                        .bind("name", image.name())
                        .bind("kernel", image.kernel())
                        .bind("size", image.sizeBytes())
                        .execute();
            }
            return handle.createUpdate("DELETE FROM images WHERE host_id = :host AND NOT digest = ANY (:digests)")
                    .bind("host", host.id())
                    .bind("digests", images.stream().map(ImageRow::digest).toArray(String[]::new))
                    .execute();
        });
    }
}
