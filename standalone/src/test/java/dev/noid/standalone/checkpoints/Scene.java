package dev.noid.standalone.checkpoints;

import static org.assertj.core.api.Assertions.assertThat;

import dev.noid.gateway.dispatch.CommandProducer;
import dev.noid.gateway.dispatch.Dispatcher;
import dev.noid.gateway.http.Api;
import dev.noid.gateway.http.HttpServer;
import dev.noid.gateway.limit.Limits;
import dev.noid.gateway.limit.Quota;
import dev.noid.gateway.live.ExecResults;
import dev.noid.gateway.live.JobWaiters;
import dev.noid.gateway.live.JobWatch;
import dev.noid.gateway.live.KafkaOutput;
import dev.noid.gateway.live.LogReader;
import dev.noid.gateway.live.OutputReader;
import dev.noid.gateway.live.SignalAnswers;
import dev.noid.gateway.placement.Placement;
import dev.noid.gateway.placement.PlacementLoop;
import dev.noid.gateway.policy.Policies;
import dev.noid.gateway.store.Database;
import dev.noid.gateway.store.DatabaseConfig;
import dev.noid.gateway.store.JobRow;
import dev.noid.gateway.submit.Asked;
import dev.noid.gateway.submit.Cancels;
import dev.noid.gateway.submit.Checkpointing;
import dev.noid.gateway.submit.Creates;
import dev.noid.gateway.submit.Execs;
import dev.noid.gateway.submit.Forks;
import dev.noid.gateway.submit.Keeping;
import dev.noid.gateway.submit.Lifecycles;
import dev.noid.gateway.submit.Refused;
import dev.noid.gateway.submit.Signals;
import dev.noid.gateway.submit.Submit;
import dev.noid.gateway.submit.VmChanges;
import dev.noid.gateway.ws.StreamSockets;
import dev.noid.migrations.MigrationResult;
import dev.noid.migrations.Migrations;
import dev.noid.schema.Ids;
import dev.noid.schema.TokenFormat;
import dev.noid.schema.api.CreateCheckpoint;
import dev.noid.schema.api.Problem;
import dev.noid.standalone.TestDirectory;
import dev.noid.standalone.postgres.PostgresProcess;
import dev.noid.standalone.postgres.PostgresServer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;

/// A gateway's parts over a real database, without a broker; what a worker would write is written with its role.
final class Scene implements AutoCloseable {
    final Database database;
    final Placement placement = new Placement();
    final Policies policies = new Policies();
    final Checkpointing checkpointing;
    final Creates creates;
    final Forks forks;
    final Keeping keeping;
    final Lifecycles lifecycles;
    final Cancels cancels;
    final Execs execs;
    final Submit submit;
    final VmChanges changes;

    private final TestDirectory directory;
    private final PostgresServer server;
    private final Connection owner;
    private final Connection worker;
    private final CommandProducer nobody = new CommandProducer("127.0.0.1:1");
    private final Signals signals;

    Scene() throws IOException, InterruptedException, SQLException {
        directory = TestDirectory.create();
        server = PostgresServer.start(directory.path());
        owner = server.connect();
        var password = Files.writeString(directory.path().resolve("password"), "gateway");
        assertThat(new Migrations(server.settings().jdbcUrl(), PostgresProcess.OWNER, PostgresServer.PASSWORD)
                        .run("gateway", "worker"))
                .isInstanceOf(MigrationResult.Done.class);
        worker = server.connect("noid_worker", "worker");
        database = new Database(new DatabaseConfig(server.settings().jdbcUrl(), "noid_gateway", password));
        Dispatcher dispatcher = new Dispatcher(database, nobody, () -> {});
        Ids ids = new Ids(InstantSource.system());
        submit = new Submit(database, new PlacementLoop(database, placement, dispatcher, _ -> {}, () -> {}), _ -> {});
        changes = new VmChanges(database);
        checkpointing = new Checkpointing(submit, placement, ids);
        creates = new Creates(submit, placement, ids, new Random(1), 8);
        forks = new Forks(submit, placement, checkpointing, creates);
        keeping = new Keeping(submit, database, policies);
        lifecycles = new Lifecycles(submit, placement, policies, ids);
        cancels = new Cancels(submit);
        execs = new Execs(submit, database, placement, ids);
        signals = new Signals(database, dispatcher, new SignalAnswers(), ids);
    }

    /// The same parts behind HTTP, on a port of its own.
    HttpServer serve() {
        return serve(Limits.DEFAULT);
    }

    HttpServer serve(Limits limits) {
        JobWatch watch =
                new JobWatch((tenant, id) -> database.read(tx -> tx.jobs().find(tenant, id)), new JobWaiters());
        KafkaOutput output = new KafkaOutput("127.0.0.1:1", new Quota(limits.readers()));
        OutputReader outputs = new OutputReader(watch, output);
        LogReader logs = new LogReader(
                (tenant, name, log) -> database.read(tx -> tx.vms().log(tenant, name, log)), output);
        Api.Work work =
                new Api.Work(creates, lifecycles, execs, cancels, signals, checkpointing, forks, keeping, changes);
        return new HttpServer(
                "127.0.0.1",
                0,
                Api.of(database, work, watch, new ExecResults("127.0.0.1:1", () -> {}), outputs, logs),
                new StreamSockets(database, nobody, outputs, signals, limits),
                limits);
    }

    /// A token of tenant-a.
    String token(String scope) throws SQLException {
        String token = TokenFormat.mint(new SecureRandom());
        execute("INSERT INTO tokens (id, tenant_id, sha256, shown, scopes) VALUES ('token-" + scope
                + "', 'tenant-a', '\\x" + HexFormat.of().formatHex(TokenFormat.sha256(token)) + "', 'x', '{" + scope
                + "}')");
        return token;
    }

    /// Two tenants, one host with 1000 MiB, one VM `web` of 200 MiB that runs.
    void begin() throws SQLException {
        execute(
                "TRUNCATE tenants, hosts, images, vms, jobs, attempts, idempotency_keys, checkpoints, checkpoint_files CASCADE");
        execute("INSERT INTO tenants (id, name) VALUES ('tenant-a', 'a'), ('tenant-b', 'b')");
        host("host-1");
        vm("web", "tenant-a", "running", 200);
    }

    /// Nothing beats for it, so its last beat is far from now.
    void host(String id) throws SQLException {
        execute(
                "INSERT INTO hosts (id, name, start_id, command_partition, engine, isolation, accelerator, cpus, memory_mib,"
                        + " version, last_beat_at) VALUES ('" + id + "', '" + id
                        + "', 's', 0, 'stub', 'none', 'none', 1, 1000, '1', now() + interval '1 hour')",
                "INSERT INTO images (digest, host_id, name, kernel, size_bytes) VALUES ('sha256:1', '" + id
                        + "', 'busybox', 'k', 1)");
    }

    void vm(String name, String tenant, String observed, int memoryMib) throws SQLException {
        execute("INSERT INTO vms (id, tenant_id, name, desired, observed, host_id, image, memory_mib, cpus, disk_mib,"
                + " partition) VALUES ('vm-" + name + "', '" + tenant + "', '" + name + "', '"
                + (observed.equals("stopped") ? "stopped" : "running") + "', '" + observed + "', 'host-1', 'sha256:1', "
                + memoryMib + ", 1, 64, 0)");
    }

    static Asked asked(String tenant) {
        return new Asked(tenant, null, new byte[0]);
    }

    static Asked keyed(String key, String request) {
        return new Asked("tenant-a", key, request.getBytes(StandardCharsets.UTF_8));
    }

    /// A complete checkpoint of `web`; its id.
    String made(@Nullable String label) throws SQLException {
        return made("web", label);
    }

    String made(String vm, @Nullable String label) throws SQLException {
        JobRow job = checkpointing.create(asked("tenant-a"), vm, new CreateCheckpoint(label, null));
        return completed(job.id());
    }

    /// What a worker writes when it has made the checkpoint of a job that was placed.
    String completed(String job) throws SQLException {
        String checkpoint = text("SELECT spec ->> 'checkpoint' FROM jobs WHERE id = '" + job + "'");
        assertThat(text("SELECT state FROM jobs WHERE id = '" + job + "'")).isEqualTo("placed");
        asWorker(
                "UPDATE checkpoints SET state = 'complete', size_bytes = 30, pause_millis = 1.5, total_millis = 9,"
                        + " completed_at = now(), fingerprint = '{}' WHERE id = '" + checkpoint + "'",
                "INSERT INTO checkpoint_files VALUES ('" + checkpoint + "', 'mem-" + checkpoint + "', 10), ('"
                        + checkpoint + "', 'disk/shared.qcow2', 5)",
                "UPDATE vms SET checkpoint_id = '" + checkpoint + "' WHERE id = (SELECT vm_id FROM jobs WHERE id = '"
                        + job + "')");
        end(job, "succeeded");
        return checkpoint;
    }

    List<String> placed(String vm) throws SQLException {
        List<String> jobs = new ArrayList<>();
        try (Statement statement = owner.createStatement();
                var row = statement.executeQuery("SELECT id FROM jobs WHERE kind IN ('checkpoint', 'restore')"
                        + " AND state IN ('placed', 'cancelling') AND vm_id = '" + vm + "'")) {
            while (row.next()) {
                jobs.add(row.getString(1));
            }
        }
        return jobs;
    }

    /// What a worker writes of a job whatever became of it meanwhile: a checkpoint is made, a restore fails.
    void work(String job) throws SQLException {
        String made =
                text("SELECT COALESCE(spec ->> 'keep', spec ->> 'checkpoint') FROM jobs WHERE id = '" + job + "'");
        boolean checkpoint =
                text("SELECT kind FROM jobs WHERE id = '" + job + "'").equals("checkpoint");
        worker.setAutoCommit(false);
        try {
            if (checkpoint) {
                asWorker(
                        "UPDATE jobs SET state = 'running' WHERE state = 'placed' AND id = '" + job + "'",
                        "UPDATE jobs SET state = 'succeeded', ended_at = now() WHERE id = '" + job + "'",
                        "UPDATE checkpoints SET state = 'complete' WHERE id = '" + made + "' AND state = 'pending'",
                        "UPDATE vms SET checkpoint_id = '" + made + "' WHERE id = 'vm-web'");
            } else {
                asWorker(
                        "UPDATE jobs SET state = 'cancelled', ended_at = now() WHERE id = '" + job + "'",
                        "UPDATE checkpoints SET state = 'failed' WHERE id = '" + made + "' AND state = 'pending'");
            }
            worker.commit();
        } catch (SQLException e) {
            worker.rollback();
            // The database picked this one to give way to a gateway; the next round does it.
            if (e.getSQLState() == null || !e.getSQLState().startsWith("40")) {
                throw e;
            }
        } finally {
            worker.setAutoCommit(true);
        }
    }

    void end(String job, String state) throws SQLException {
        asWorker(
                "UPDATE jobs SET state = 'running', started_at = now() WHERE id = '" + job + "'",
                "UPDATE jobs SET state = '" + state + "', ended_at = now(), outcome = '{\"state\": \"" + state
                        + "\", \"timing\": {}}' WHERE id = '" + job + "'");
    }

    void decide(String vm) {
        var _ = database.transaction(tx -> placement.of(tx, vm));
    }

    static Problem refused(ThrowingCallable work) {
        Refused refused = org.assertj.core.api.Assertions.catchThrowableOfType(Refused.class, work);
        assertThat(refused).isNotNull();
        return refused.problem();
    }

    String state(String job) throws SQLException {
        return text("SELECT state FROM jobs WHERE id = '" + job + "'");
    }

    String checkpoint(String id) throws SQLException {
        return text("SELECT state FROM checkpoints WHERE id = '" + id + "'");
    }

    String error(String job) throws SQLException {
        return text("SELECT outcome -> 'error' ->> 'code' FROM jobs WHERE id = '" + job + "'");
    }

    @Nullable
    String parent(String id) throws SQLException {
        return text("SELECT parent_id FROM checkpoints WHERE id = '" + id + "'");
    }

    void execute(String... all) throws SQLException {
        execute(owner, all);
    }

    /// Nobody reads or writes the table until this is closed.
    Connection locked(String table) throws SQLException {
        Connection connection = server.connect();
        connection.setAutoCommit(false);
        execute(connection, "LOCK TABLE " + table);
        return connection;
    }

    long waitingForLocks() throws SQLException {
        return Long.parseLong(text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"));
    }

    private void asWorker(String... all) throws SQLException {
        execute(worker, all);
    }

    private static void execute(Connection connection, String... all) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            for (String sql : all) {
                statement.execute(sql);
            }
        }
    }

    @SuppressWarnings("NullAway") // A null column is what some tests look for
    String text(String sql) throws SQLException {
        try (Statement statement = owner.createStatement();
                var row = statement.executeQuery(sql)) {
            assertThat(row.next()).as(sql).isTrue();
            return row.getString(1);
        }
    }

    @Override
    public void close() throws IOException, SQLException {
        database.close();
        nobody.close();
        worker.close();
        owner.close();
        server.close();
        directory.close();
    }
}
