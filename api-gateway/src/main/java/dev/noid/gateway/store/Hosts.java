package dev.noid.gateway.store;

import dev.noid.schema.api.Host;
import dev.noid.schema.api.Image;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/// Hosts and the images they have. Written by workers, read here.
public final class Hosts {
    private final Handle handle;

    Hosts(Handle handle) {
        this.handle = handle;
    }

    public List<Host> list(@Nullable String afterName, int limit) {
        return Page.at(afterName, handle.createQuery("""
                        SELECT h.*, CASE WHEN last_beat_at > now() - interval '10 seconds' THEN 'active'
                                         WHEN last_beat_at > now() - interval '30 seconds' THEN 'suspect'
                                         ELSE 'unknown' END AS state,
                               (SELECT count(*) FROM vms v WHERE v.host_id = h.id AND v.observed <> 'destroyed') AS vms,
                               reserved_mib
                        FROM hosts h CROSS JOIN LATERAL (%s) reserved
                        WHERE true %s ORDER BY h.name LIMIT %d
                        """.formatted(
                                Placing.RESERVED.formatted("''"), Page.beyond("h.name > :cursor", afterName), limit)))
                .map((row, _) -> host(row))
                .list();
    }

    public List<Image> images(@Nullable String afterDigest, int limit) {
        return Page.at(afterDigest, handle.createQuery("""
                        SELECT digest, min(name) AS name, min(kernel) AS kernel, max(size_bytes) AS size_bytes,
                               count(*) AS hosts, min(created_at) AS created_at
                        FROM images WHERE true %s
                        GROUP BY digest ORDER BY digest LIMIT %d
                        """.formatted(
                                Page.beyond("digest > :cursor", afterDigest), limit)))
                .map((row, _) -> new Image(
                        row.getString("name"),
                        row.getString("digest"),
                        row.getString("kernel"),
                        row.getLong("size_bytes"),
                        row.getInt("hosts"),
                        row.getObject("created_at", OffsetDateTime.class).toInstant()))
                .list();
    }

    /// The newest image of that name, or the one with that digest; of hosts that are there, when any of those has one.
    public Optional<String> imageDigest(String nameOrDigest) {
        return handle.createQuery("""
                        SELECT i.digest FROM images i JOIN hosts h ON h.id = i.host_id
                        WHERE i.name = :image OR i.digest = :image
                        ORDER BY h.last_beat_at > now() - interval '60 seconds' DESC, i.created_at DESC, i.digest LIMIT 1
                        """)
                .bind("image", nameOrDigest)
                .mapTo(String.class)
                .findOne();
    }

    public List<String> imageNames() {
        return handle.createQuery("SELECT DISTINCT name FROM images ORDER BY name LIMIT 50")
                .mapTo(String.class)
                .list();
    }

    /// Memory of the largest host that has the image, whatever it is doing now.
    public OptionalInt largestMemoryMib(String digest) {
        return handle.createQuery("""
                        SELECT max(h.memory_mib) FROM hosts h JOIN images i ON i.host_id = h.id WHERE i.digest = :digest
                        """).bind("digest", digest).mapTo(Integer.class).stream()
                .mapToInt(Integer::intValue)
                .findFirst();
    }

    /// Of `noid.commands` and `noid.input`.
    public int commandPartition(String host) {
        return handle.createQuery("SELECT command_partition FROM hosts WHERE id = :host")
                .bind("host", host)
                .mapTo(Integer.class)
                .one();
    }

    private static Host host(ResultSet row) throws SQLException {
        return new Host(
                row.getString("id"),
                row.getString("name"),
                row.getString("state"),
                row.getString("engine"),
                row.getString("isolation"),
                row.getString("accelerator"),
                row.getInt("cpus"),
                row.getInt("memory_mib"),
                row.getInt("reserved_mib"),
                row.getInt("vms"),
                row.getString("version"),
                row.getObject("last_beat_at", OffsetDateTime.class).toInstant());
    }
}
