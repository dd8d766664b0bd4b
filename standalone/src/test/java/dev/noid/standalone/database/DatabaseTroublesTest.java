package dev.noid.standalone.database;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import dev.noid.gateway.store.Database;
import dev.noid.gateway.store.DatabaseConfig;
import dev.noid.gateway.store.DatabaseUnavailable;
import dev.noid.gateway.store.Keys;
import dev.noid.gateway.store.LabelFilter;
import dev.noid.gateway.store.Tx;
import dev.noid.migrations.MigrationResult;
import dev.noid.migrations.Migrations;
import dev.noid.schema.DatabaseTrouble;
import dev.noid.schema.api.Problem;
import dev.noid.schema.job.JobSpec;
import dev.noid.standalone.TestDirectory;
import dev.noid.standalone.postgres.PostgresProcess;
import dev.noid.standalone.postgres.PostgresServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/// What a gateway says when its database can't, each for what it is (attack C1).
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class DatabaseTroublesTest {
    private final TestDirectory directory;
    private final PostgresServer server;
    private final Connection owner;
    private final DatabaseConfig config;
    private final Database database;

    DatabaseTroublesTest() throws IOException, InterruptedException, SQLException {
        directory = TestDirectory.create();
        server = PostgresServer.start(directory.path());
        owner = server.connect();
        var password = Files.writeString(directory.path().resolve("password"), "gateway");
        assertThat(new Migrations(server.settings().jdbcUrl(), PostgresProcess.OWNER, PostgresServer.PASSWORD)
                        .run("gateway", "worker"))
                .isInstanceOf(MigrationResult.Done.class);
        config = new DatabaseConfig(server.settings().jdbcUrl(), "noid_gateway", password);
        database = new Database(config);
        execute(
                "INSERT INTO tenants (id, name) VALUES ('tenant-1', 'a')",
                "INSERT INTO vms (id, tenant_id, name, desired, observed, image, memory_mib, cpus, disk_mib, partition)"
                        + " VALUES ('vm-1', 'tenant-1', 'v', 'running', 'pending', 'busybox', 128, 1, 256, 0)");
    }

    @AfterAll
    void stop() throws IOException, SQLException {
        database.close();
        owner.close();
        server.close();
        directory.close();
    }

    @Test
    void aFullDiskIsSaidToBeFullAndWhatIsThereCanBeRead() throws Exception {
        Assumptions.assumeTrue("root".equals(System.getProperty("user.name")), "only root can mount a small disk");
        Path small = Files.createDirectory(directory.path().resolve("small"));
        Process mount = new ProcessBuilder("mount", "-t", "tmpfs", "-o", "size=1m,mode=777", "tmpfs", small.toString())
                .inheritIO()
                .start();
        Assumptions.assumeTrue(mount.waitFor() == 0, "this machine mounts no tmpfs");
        try {
            Files.setOwner(
                    small, Files.getOwner(PostgresProcess.data(directory.path().resolve("postgres"))));
            execute(
                    "CREATE TABLESPACE small LOCATION '" + small + "'",
                    "ALTER TABLE idempotency_keys SET TABLESPACE small",
                    "ALTER TABLE jobs SET TABLESPACE small");
            try (var out = Files.newOutputStream(small.resolve("filler"))) {
                while (true) {
                    out.write(new byte[4096]);
                }
            } catch (IOException full) {
                assertThat(full).hasMessageContaining("No space left");
            }
            Problem problem =
                    failed(() -> database.transaction(tx -> insert(tx, "job-full")), DatabaseTrouble.DISK_FULL);
            assertThat(problem.status()).isEqualTo(507);
            assertThat(problem.code()).isEqualTo("disk_full");
            assertThat(problem.detail()).contains("disk is full", "Nothing of this request was done");
            boolean there =
                    database.read(tx -> tx.jobs().find("tenant-1", "job-full").isPresent());
            assertThat(there).isFalse();
            Files.delete(small.resolve("filler"));
            database.<Boolean>transaction(tx -> insert(tx, "job-full"));
        } finally {
            execute(
                    "ALTER TABLE idempotency_keys SET TABLESPACE pg_default",
                    "ALTER TABLE jobs SET TABLESPACE pg_default",
                    "DROP TABLESPACE IF EXISTS small");
            assertThat(new ProcessBuilder("umount", small.toString())
                            .inheritIO()
                            .start()
                            .waitFor())
                    .isZero();
        }
    }

    @Test
    void aServerThatTakesNoMoreConnectionsSaysSo() throws SQLException {
        execute("ALTER ROLE noid_gateway CONNECTION LIMIT 0");
        try (Database another = new Database(config)) {
            Problem problem =
                    failed(() -> another.read(tx -> tx.hosts().imageNames()), DatabaseTrouble.TOO_MANY_CONNECTIONS);
            assertThat(problem.code()).isEqualTo("database_too_many_connections");
        } finally {
            execute("ALTER ROLE noid_gateway CONNECTION LIMIT -1");
        }
    }

    @Test
    void aServerThatOnlyReadsSaysSo() throws SQLException {
        execute("ALTER ROLE noid_gateway SET default_transaction_read_only = on");
        try (Database another = new Database(config)) {
            Problem problem = failed(() -> another.transaction(tx -> insert(tx, "job-ro")), DatabaseTrouble.READ_ONLY);
            assertThat(problem.code()).isEqualTo("database_read_only");
        } finally {
            execute("ALTER ROLE noid_gateway RESET default_transaction_read_only");
        }
    }

    @Test
    void aSessionThatIsEndedByTheOperatorAndAListThatIsTooSlowAreToldApart() throws SQLException {
        try (Connection other = server.connect();
                Statement statement = other.createStatement()) {
            other.setAutoCommit(false);
            statement.execute("LOCK TABLE vms");
            var asked = CompletableFuture.supplyAsync(
                    () -> database.list(tx -> tx.vms().list("tenant-1", LabelFilter.NONE, null, 1)));
            await().atMost(Duration.ofSeconds(10))
                    .until(() -> count("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'") == 1);
            execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event_type = 'Lock'");
            assertThat(failed(asked::join, DatabaseTrouble.STOPPING).code()).isEqualTo("database_stopping");
            assertThat(failed(
                                    () -> database.list(tx -> tx.vms().list("tenant-1", LabelFilter.NONE, null, 1)),
                                    DatabaseTrouble.SLOW)
                            .code())
                    .isEqualTo("database_slow");
            other.rollback();
        }
    }

    private static boolean insert(Tx tx, String job) {
        // Larger than what is left of a page.
        for (int i = 0; i < 10; i++) {
            tx.jobs().insert(i == 0 ? job : job + i, "tenant-1", "vm-1", new JobSpec.Stop(1));
            tx.keys().keep("tenant-1", job + i + "k".repeat(200), new Keys.Kept(job, null, new byte[4_000]));
        }
        return true;
    }

    private static Problem failed(ThrowingCallable work, DatabaseTrouble trouble) {
        var failure = catchThrowableOfType(RuntimeException.class, work);
        if ((failure instanceof CompletionException ? failure.getCause() : failure)
                instanceof DatabaseUnavailable told) {
            assertThat(told.trouble()).isEqualTo(trouble);
            return told.problem();
        }
        throw new AssertionError("not told: " + failure, failure);
    }

    private long count(String sql) throws SQLException {
        try (Statement statement = owner.createStatement();
                var row = statement.executeQuery(sql)) {
            row.next();
            return row.getLong(1);
        }
    }

    private void execute(String... all) throws SQLException {
        try (Statement statement = owner.createStatement()) {
            for (String sql : all) {
                statement.execute(sql);
            }
        }
    }
}
