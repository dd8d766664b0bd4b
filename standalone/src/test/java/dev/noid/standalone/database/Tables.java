package dev.noid.standalone.database;

import static org.assertj.core.api.Assertions.assertThat;

import dev.noid.gateway.store.Database;
import dev.noid.gateway.store.DatabaseConfig;
import dev.noid.migrations.MigrationResult;
import dev.noid.migrations.Migrations;
import dev.noid.schema.Json;
import dev.noid.schema.job.JobSpec;
import dev.noid.schema.job.Outcome;
import dev.noid.standalone.TestDirectory;
import dev.noid.standalone.postgres.PostgresProcess;
import dev.noid.standalone.postgres.PostgresServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// A database of a test's own with two tenants and one host, and what fills it.
final class Tables implements AutoCloseable {
    static final String EXEC = Json.records()
            .writerFor(JobSpec.class)
            .writeValueAsString(new JobSpec.Exec(
                    List.of("sh", "-c", "echo hello"), Map.of(), null, null, null, false, 0, 5_000, 1 << 30, false));
    static final String OUTCOME = Json.records().writeValueAsString(Outcome.succeeded(Map.of()));

    final DatabaseConfig config;
    final Database database;
    private final TestDirectory directory;
    private final PostgresServer server;
    private final Connection owner;

    Tables() throws IOException, InterruptedException, SQLException {
        directory = TestDirectory.create();
        server = PostgresServer.start(directory.path());
        owner = server.connect();
        var password = Files.writeString(directory.path().resolve("password"), "gateway");
        assertThat(new Migrations(server.settings().jdbcUrl(), PostgresProcess.OWNER, PostgresServer.PASSWORD)
                        .run("gateway", "worker"))
                .isInstanceOf(MigrationResult.Done.class);
        config = new DatabaseConfig(server.settings().jdbcUrl(), "noid_gateway", password);
        database = new Database(config);
    }

    /// Nothing but these.
    void begin() throws SQLException {
        execute(
                "TRUNCATE tenants, hosts, images, vms, jobs, attempts, idempotency_keys, checkpoints, checkpoint_files CASCADE",
                "INSERT INTO tenants (id, name) VALUES ('tenant-a', 'a'), ('tenant-b', 'b')",
                "INSERT INTO hosts (id, name, start_id, command_partition, engine, isolation, accelerator, cpus, memory_mib,"
                        + " version, last_beat_at) VALUES ('host-1', 'host-1', 's', 0, 'stub', 'none', 'none', 1, 1000, '1',"
                        + " now() + interval '1 hour')",
                "INSERT INTO images (digest, host_id, name, kernel, size_bytes)"
                        + " VALUES ('sha256:1', 'host-1', 'busybox', 'k', 1)");
    }

    void vm(String id, String tenant, String observed) throws SQLException {
        execute("INSERT INTO vms (id, tenant_id, name, desired, observed, host_id, image, memory_mib, cpus, disk_mib,"
                + " partition) VALUES ('" + id + "', '" + tenant + "', '" + id + "', 'running', '" + observed
                + "', 'host-1', 'sha256:1', 100, 1, 64, 0)");
    }

    /// @param ended ago, an interval; its attempt's event was sent
    void over(String id, String vm, String kind, String state, String ended) throws SQLException {
        execute(
                "INSERT INTO jobs (id, tenant_id, vm_id, kind, state, spec, attempt, host_id, outcome, created_at, ended_at)"
                        + " SELECT '" + id + "', tenant_id, id, '" + kind + "', '" + state + "', '" + EXEC
                        + "', 1, 'host-1', '" + OUTCOME + "', now() - interval '" + ended + "', now() - interval '"
                        + ended
                        + "' FROM vms WHERE id = '" + vm + "'",
                "INSERT INTO attempts (job_id, attempt, host_id, generation, start_id, ended_at, event_sent)"
                        + " VALUES ('" + id + "', 1, 'host-1', 1, 's', now(), true)");
    }

    void checkpoint(String id, String vm, String parent, String state, String age) throws SQLException {
        execute(
                "INSERT INTO checkpoints (id, tenant_id, vm_id, vm_name, parent_id, state, host_id, image, memory_mib, cpus,"
                        + " disk_mib, created_at) SELECT '" + id + "', tenant_id, id, name, " + parent + ", '" + state
                        + "', 'host-1', image, 1, 1, 1, now() - interval '" + age + "' FROM vms WHERE id = '" + vm
                        + "'",
                "INSERT INTO checkpoint_files VALUES ('" + id + "', 'f-" + id + "', 1)");
    }

    List<String> ids(String table) throws SQLException {
        try (Statement statement = owner.createStatement();
                var rows = statement.executeQuery("SELECT id FROM " + table + " ORDER BY id")) {
            var ids = new ArrayList<String>();
            while (rows.next()) {
                ids.add(rows.getString(1));
            }
            return ids;
        }
    }

    long number(String sql) throws SQLException {
        try (Statement statement = owner.createStatement();
                var row = statement.executeQuery(sql)) {
            row.next();
            return row.getLong(1);
        }
    }

    void execute(String... all) throws SQLException {
        try (Statement statement = owner.createStatement()) {
            for (String sql : all) {
                statement.execute(sql);
            }
        }
    }

    Path serverLog() {
        return directory.path().resolve("server.log");
    }

    @Override
    public void close() throws IOException, SQLException {
        database.close();
        owner.close();
        server.close();
        directory.close();
    }
}
