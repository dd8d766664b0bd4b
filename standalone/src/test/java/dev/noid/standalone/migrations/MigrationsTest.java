package dev.noid.standalone.migrations;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.noid.migrations.MigrationResult;
import dev.noid.migrations.Migrations;
import dev.noid.schema.Transition;
import dev.noid.schema.checkpoint.CheckpointState;
import dev.noid.schema.job.JobState;
import dev.noid.schema.vm.VmObserved;
import dev.noid.standalone.TestDirectory;
import dev.noid.standalone.postgres.PostgresProcess;
import dev.noid.standalone.postgres.PostgresServer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/// From nothing to the newest schema, and what the database itself then refuses.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class MigrationsTest {
    private static final String REFUSED_RIGHT = "42501";
    private static final String REFUSED_STEP = "23514";

    private final TestDirectory directory;
    private final PostgresServer server;
    private final Migrations migrations;
    private final Connection owner;

    MigrationsTest() throws IOException, InterruptedException, SQLException {
        directory = TestDirectory.create();
        server = PostgresServer.start(directory.path());
        migrations = new Migrations(server.settings().jdbcUrl(), PostgresProcess.OWNER, PostgresServer.PASSWORD);
        owner = server.connect();
    }

    @AfterAll
    void stop() throws IOException, SQLException {
        owner.close();
        server.close();
        directory.close();
    }

    @BeforeEach
    void emptyDatabase() throws SQLException {
        execute("DROP SCHEMA public CASCADE", "CREATE SCHEMA public", "GRANT USAGE ON SCHEMA public TO PUBLIC");
        MigrationResult ran = migrations.run("gateway", "worker");
        int all = Integer.parseInt(text("SELECT count(*) FROM flyway_schema_history"));
        assertThat(ran).isEqualTo(new MigrationResult.Done(all));
        execute(
                "INSERT INTO tenants (id, name) VALUES ('tenant-1', 'default')",
                "INSERT INTO vms (id, tenant_id, name, desired, observed, image, memory_mib, cpus, disk_mib, partition)"
                        + " VALUES ('vm-1', 'tenant-1', 'v', 'running', 'pending', 'busybox', 128, 1, 256, 0)",
                "INSERT INTO jobs (id, tenant_id, vm_id, kind, state, spec)"
                        + " VALUES ('job-1', 'tenant-1', 'vm-1', 'exec', 'queued', '{}')",
                "INSERT INTO checkpoints (id, tenant_id, vm_id, vm_name, image, memory_mib, cpus, disk_mib)"
                        + " VALUES ('ck-1', 'tenant-1', 'vm-1', 'v', 'busybox', 128, 1, 256)");
    }

    @Test
    void rowsSurviveTheNextStart() throws SQLException {
        assertThat(migrations.run("other", "passwords")).isEqualTo(new MigrationResult.Done(0));
        assertThat(text("SELECT state FROM jobs WHERE id = 'job-1'")).isEqualTo("queued");
        server.connect("noid_gateway", "other").close();
        server.connect("noid_worker", "passwords").close();
        assertThatThrownBy(() -> server.connect("noid_gateway", "gateway").close())
                .isInstanceOf(SQLException.class);
    }

    @Test
    void aDatabaseOfANewerNoidIsLeftAlone() throws SQLException {
        execute("INSERT INTO flyway_schema_history (installed_rank, version, description, type, script, checksum,"
                + " installed_by, execution_time, success)"
                + " VALUES (99, '4711', 'of the future', 'SQL', 'V4711__of_the_future.sql', 1, 'noid', 1, true)");
        MigrationResult result = migrations.run("new", "new");
        assertThat(result).isInstanceOfSatisfying(MigrationResult.NewerDatabase.class, newer -> {
            assertThat(newer.has()).isEqualTo("4711");
            assertThat(newer.message()).contains("4711").contains("newer Noid");
        });
        server.connect("noid_gateway", "gateway").close();
    }

    @Test
    void theDatabaseTakesEveryLegalStepOfAJobAndNoOther() throws SQLException {
        visit(List.of(JobState.values()), JobState.TRANSITIONS, "jobs", "state", "job-1");
    }

    @Test
    void theDatabaseTakesEveryLegalStepOfAVmAndNoOther() throws SQLException {
        visit(List.of(VmObserved.values()), VmObserved.TRANSITIONS, "vms", "observed", "vm-1");
    }

    @Test
    void theDatabaseTakesEveryLegalStepOfACheckpointAndNoOther() throws SQLException {
        visit(List.of(CheckpointState.values()), CheckpointState.TRANSITIONS, "checkpoints", "state", "ck-1");
    }

    /// Tries each pair of states, so that every transition is visited and everything else is refused.
    private <S extends Enum<S>> void visit(
            List<S> states, List<Transition<S>> transitions, String table, String column, String id)
            throws SQLException {
        Set<String> legal =
                transitions.stream().map(step -> step.from() + " " + step.to()).collect(Collectors.toSet());
        Set<String> visited = new HashSet<>();
        for (S from : states) {
            for (S to : states) {
                if (from == to) {
                    continue;
                }
                // A state is put there past the trigger, which only watches updates of that column by others.
                execute(
                        "ALTER TABLE " + table + " DISABLE TRIGGER USER",
                        "UPDATE " + table + " SET " + column + " = '" + from + "' WHERE id = '" + id + "'",
                        "ALTER TABLE " + table + " ENABLE TRIGGER USER");
                String step = from + " " + to;
                if (allowed("UPDATE " + table + " SET " + column + " = '" + to + "' WHERE id = '" + id + "'")) {
                    visited.add(step);
                }
            }
        }
        assertThat(visited).isEqualTo(legal);
    }

    private boolean allowed(String sql) throws SQLException {
        try {
            execute(sql);
            return true;
        } catch (SQLException e) {
            assertThat(e.getSQLState()).isEqualTo(REFUSED_STEP);
            return false;
        }
    }

    @Test
    void aGenerationNeverFalls() throws SQLException {
        execute("UPDATE vms SET generation = 5 WHERE id = 'vm-1'");
        assertThatThrownBy(() -> execute("UPDATE vms SET generation = 4 WHERE id = 'vm-1'"))
                .hasMessageContaining("generation 5");
    }

    @Test
    void aWorkerSeesNoTokensAndChangesNoIntent() {
        for (String sql : List.of(
                "SELECT * FROM tokens",
                "SELECT * FROM idempotency_keys",
                "INSERT INTO tokens (id, tenant_id, sha256, shown, scopes) VALUES ('t', 'tenant-1', '', '', '{admin}')",
                "INSERT INTO tenants (id, name) VALUES ('tenant-2', 'evil')",
                "UPDATE jobs SET spec = '{}' WHERE id = 'job-1'",
                "UPDATE jobs SET host_id = NULL WHERE id = 'job-1'",
                "UPDATE vms SET keep_last = 1 WHERE id = 'vm-1'",
                "UPDATE checkpoints SET parent_id = NULL WHERE id = 'ck-1'",
                "UPDATE checkpoints SET pinned = true WHERE id = 'ck-1'",
                "DELETE FROM checkpoints",
                "DELETE FROM vms",
                "INSERT INTO transitions VALUES ('job', 'lost', 'queued')",
                "CREATE TABLE mine (n int)")) {
            assertRefused("noid_worker", "worker", sql);
        }
    }

    @Test
    void aGatewayChangesNoTablesAndNoneOfAWorkersRows() {
        for (String sql : List.of(
                "CREATE TABLE mine (n int)",
                "ALTER TABLE jobs ADD COLUMN mine int",
                "DROP TABLE jobs",
                "UPDATE attempts SET event_sent = true",
                "UPDATE hosts SET last_beat_at = now()",
                "INSERT INTO images (digest, host_id, name, kernel, size_bytes) VALUES ('d', 'h', 'n', 'k', 1)",
                "DELETE FROM transitions",
                "INSERT INTO checkpoint_files VALUES ('ck-1', 'mem', 1)",
                "CREATE ROLE mine")) {
            assertRefused("noid_gateway", "gateway", sql);
        }
    }

    @Test
    void aGatewayForgetsOnlyWhatIsOver() throws SQLException {
        execute(
                "INSERT INTO hosts (id, name, start_id, command_partition, engine, isolation, accelerator, cpus, memory_mib,"
                        + " version) VALUES ('host-1', 'h', 's', 0, 'stub', 'none', 'none', 1, 1, '1')",
                "INSERT INTO attempts (job_id, attempt, host_id, generation, start_id)"
                        + " VALUES ('job-1', 1, 'host-1', 1, 's')");
        List<String> deletes =
                List.of("DELETE FROM attempts", "DELETE FROM jobs", "DELETE FROM checkpoints", "DELETE FROM vms");
        for (String delete : deletes) {
            assertRefused("noid_gateway", "gateway", delete, REFUSED_STEP);
        }
        execute(
                "UPDATE jobs SET state = 'cancelled'",
                "UPDATE attempts SET event_sent = true",
                "UPDATE checkpoints SET state = 'failed'",
                "UPDATE vms SET observed = 'destroyed'");
        try (Connection connection = server.connect("noid_gateway", "gateway");
                Statement statement = connection.createStatement()) {
            for (String delete : deletes) {
                assertThat(statement.executeUpdate(delete)).as(delete).isOne();
            }
        }
    }

    /// As a database of the version before: rows that are there get the order of their ids.
    @Test
    void jobsOfBeforeAreInTheOrderOfTheirIds() throws SQLException, IOException {
        execute("DROP SCHEMA public CASCADE", "CREATE SCHEMA public", "GRANT USAGE ON SCHEMA public TO PUBLIC");
        for (String before :
                List.of("V1__tenants_hosts_vms_jobs", "V2__checkpoints", "V3__jobs_changing", "V4__finding")) {
            execute(script(before));
        }
        execute(
                "INSERT INTO tenants (id, name) VALUES ('tenant-1', 'default')",
                "INSERT INTO vms (id, tenant_id, name, desired, observed, image, memory_mib, cpus, disk_mib, partition)"
                        + " VALUES ('vm-1', 'tenant-1', 'v', 'running', 'pending', 'busybox', 128, 1, 256, 0)",
                "INSERT INTO jobs (id, tenant_id, vm_id, kind, state, spec) SELECT 'job-' || n, 'tenant-1', 'vm-1', 'exec',"
                        + " CASE WHEN n < 5 THEN 'failed' ELSE 'queued' END, '{}' FROM generate_series(9, 1, -1) n",
                script("V6__order_and_lists"),
                "INSERT INTO jobs (id, tenant_id, vm_id, kind, state, spec)"
                        + " VALUES ('job-0', 'tenant-1', 'vm-1', 'exec', 'queued', '{}')");
        assertThat(text("SELECT string_agg(id, ' ' ORDER BY seq) FROM jobs"))
                .isEqualTo("job-1 job-2 job-3 job-4 job-5 job-6 job-7 job-8 job-9 job-0");
        assertThat(text("SELECT string_agg(id, ' ' ORDER BY seq) FROM jobs WHERE fate = 'failed' AND NOT waits"))
                .isEqualTo("job-1 job-2 job-3 job-4");
    }

    private static String script(String name) throws IOException {
        try (var in = Objects.requireNonNull(Migrations.class.getResourceAsStream(name + ".sql"), name)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    /// What an index names is written anew with each step of a job: an exec has three.
    @Test
    void theStepsOfAnExecWriteFewEntriesOfIndexes() throws SQLException {
        execute("TRUNCATE jobs CASCADE", "SELECT pg_stat_reset_single_table_counters('jobs'::regclass)");
        for (int i = 0; i < 50; i++) {
            execute(
                    "INSERT INTO jobs (id, tenant_id, vm_id, kind, state, spec, placed_at)" + " VALUES ('job-" + i
                            + "', 'tenant-1', 'vm-1', 'exec', 'placed', '{}', now())",
                    "UPDATE jobs SET state = 'running', started_at = now() WHERE id = 'job-" + i + "'",
                    "UPDATE jobs SET state = 'succeeded', ended_at = now() WHERE id = 'job-" + i + "'");
        }
        execute("SELECT pg_stat_force_next_flush()");
        assertThat(Integer.parseInt(text("SELECT n_tup_hot_upd FROM pg_stat_user_tables WHERE relname = 'jobs'")))
                .as("claims write none")
                .isGreaterThanOrEqualTo(45);
        assertThat(text("SELECT count(*) FROM pg_index WHERE indrelid = 'jobs'::regclass AND indpred IS NULL"))
                .as("key, tenant's and VM's: each twice an exec")
                .isEqualTo("3");
    }

    private void assertRefused(String role, String password, String sql) {
        assertRefused(role, password, sql, REFUSED_RIGHT);
    }

    private void assertRefused(String role, String password, String sql, String why) {
        assertThatThrownBy(() -> {
                    try (Connection connection = server.connect(role, password);
                            Statement statement = connection.createStatement()) {
                        statement.execute(sql);
                    }
                })
                .as(sql)
                .isInstanceOf(SQLException.class)
                .extracting(failure -> ((SQLException) failure).getSQLState())
                .isEqualTo(why);
    }

    private String text(String sql) throws SQLException {
        try (Statement statement = owner.createStatement();
                var rows = statement.executeQuery(sql)) {
            rows.next();
            return rows.getString(1);
        }
    }

    private void execute(String... statements) throws SQLException {
        try (Statement statement = owner.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
        }
    }
}
