package dev.noid.standalone.placement;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.noid.gateway.dispatch.CommandProducer;
import dev.noid.gateway.dispatch.Dispatcher;
import dev.noid.gateway.placement.Placement;
import dev.noid.gateway.placement.PlacementLoop;
import dev.noid.gateway.policy.Policies;
import dev.noid.gateway.store.Database;
import dev.noid.gateway.store.DatabaseConfig;
import dev.noid.gateway.store.JobRow;
import dev.noid.gateway.store.Jobs;
import dev.noid.gateway.store.LabelFilter;
import dev.noid.gateway.store.Placing;
import dev.noid.gateway.store.Queue;
import dev.noid.gateway.submit.Asked;
import dev.noid.gateway.submit.Cancels;
import dev.noid.gateway.submit.Lifecycles;
import dev.noid.gateway.submit.Refused;
import dev.noid.gateway.submit.Submit;
import dev.noid.migrations.MigrationResult;
import dev.noid.migrations.Migrations;
import dev.noid.schema.ExecId;
import dev.noid.schema.Ids;
import dev.noid.schema.api.StopVm;
import dev.noid.schema.job.JobError;
import dev.noid.schema.job.JobKind;
import dev.noid.schema.job.JobState;
import dev.noid.schema.job.Outcome;
import dev.noid.standalone.TestDirectory;
import dev.noid.standalone.postgres.PostgresProcess;
import dev.noid.standalone.postgres.PostgresServer;
import dev.noid.worker.store.AttemptRows;
import dev.noid.worker.store.Ending;
import dev.noid.worker.store.HostRow;
import java.io.IOException;
import java.nio.file.Files;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/// Who gets room and when, and what two writers of the same rows do to each other.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PlacementTest {
    private static final String CREATE = """
            {"kind": "create", "name": "n", "image": "i", "shape": {"memoryMib": 1, "cpus": 1, "diskMib": 64}}""";

    private final TestDirectory directory;
    private final PostgresServer server;
    private final Connection owner;
    private final Database database;
    private final CommandProducer nobody = new CommandProducer("127.0.0.1:1");
    private final Placement placement = new Placement();

    PlacementTest() throws IOException, InterruptedException, SQLException {
        directory = TestDirectory.create();
        server = PostgresServer.start(directory.path());
        owner = server.connect();
        var password = Files.writeString(directory.path().resolve("password"), "gateway");
        assertThat(new Migrations(server.settings().jdbcUrl(), PostgresProcess.OWNER, PostgresServer.PASSWORD)
                        .run("gateway", "worker"))
                .isInstanceOf(MigrationResult.Done.class);
        database = new Database(new DatabaseConfig(server.settings().jdbcUrl(), "noid_gateway", password));
    }

    @AfterAll
    void stop() throws IOException, SQLException {
        database.close();
        nobody.close();
        owner.close();
        server.close();
        directory.close();
    }

    @BeforeEach
    void twoTenantsAndOneHost() throws SQLException {
        execute("TRUNCATE tenants, hosts, images, vms, jobs, attempts, idempotency_keys CASCADE");
        execute("INSERT INTO tenants (id, name) VALUES ('tenant-a', 'a'), ('tenant-b', 'b')");
        host("host-1", "now()");
    }

    @Test
    void startsThatWaitForADeadHostDoNotKeepTheOthersFromThoseThatLive() throws SQLException {
        host("host-dead", "now() - interval '1 hour'");
        for (int i = 0; i < 20; i++) {
            vm("a" + i, "tenant-a", "stopped", 100, "'host-dead'");
            job("job-0" + (10 + i), "tenant-a", "a" + i, "start", "now()");
        }
        // Fairness puts this tenant last: it has a VM that runs.
        vm("b0", "tenant-b", "running", 100, "'host-1'");
        vm("b1", "tenant-b", "pending", 100, "NULL");
        job("job-1", "tenant-b", "b1", "create", "now()");
        try (Dispatcher dispatcher = new Dispatcher(database, nobody, () -> {});
                PlacementLoop loop = new PlacementLoop(database, placement, dispatcher, _ -> {}, () -> {})) {
            loop.start();
            await().atMost(Duration.ofSeconds(10)).until(() -> state("job-1").equals("placed"));
        }
        assertThat(state("job-010")).isEqualTo("queued");
    }

    /// Attack D1: what a host has promised to no VM may be in use by somebody else.
    @Test
    void aVmWaitsWhileItsHostHasLessMemoryThanItWasToldToGive() throws SQLException {
        vm("running", "tenant-a", "running", 300, "'host-1'");
        vm("new", "tenant-a", "pending", 300, "NULL");
        job("job-1", "tenant-a", "new", "create", "now()");
        execute("UPDATE hosts SET backed_mib = 599");
        decide("new");
        assertThat(state("job-1")).isEqualTo("queued");
        execute("UPDATE hosts SET backed_mib = 600");
        decide("new");
        assertThat(state("job-1")).isEqualTo("placed");
    }

    @Test
    void aLargeCreateThatHasWaitedIsNotPassedBySmallerOnesAnyMore() throws SQLException {
        vm("running", "tenant-a", "running", 600, "'host-1'");
        vm("large", "tenant-a", "pending", 800, "NULL");
        job("job-1", "tenant-a", "large", "create", "now()");
        vm("small-1", "tenant-b", "pending", 100, "NULL");
        job("job-2", "tenant-b", "small-1", "create", "now()");
        decide("large");
        decide("small-1");
        assertThat(state("job-1")).isEqualTo("queued");
        assertThat(state("job-2")).as("for 30 s smaller ones pass").isEqualTo("placed");

        execute("UPDATE jobs SET created_at = now() - interval '31 seconds' WHERE id = 'job-1'");
        vm("small-2", "tenant-b", "pending", 100, "NULL");
        job("job-3", "tenant-b", "small-2", "create", "now()");
        decide("small-2");
        assertThat(state("job-3")).isEqualTo("queued");

        execute("UPDATE vms SET observed = 'stopping' WHERE id = 'running'");
        execute("UPDATE vms SET observed = 'stopped' WHERE id = 'running'");
        decide("large");
        decide("small-2");
        assertThat(state("job-1")).isEqualTo("placed");
        assertThat(state("job-3")).isEqualTo("placed");
    }

    @Test
    void aLargeOneThatNoHostCouldEverHoldStopsNobody() throws SQLException {
        vm("larger-than-all", "tenant-a", "pending", 5_000, "NULL");
        job("job-1", "tenant-a", "larger-than-all", "create", "now() - interval '1 hour'");
        vm("small", "tenant-b", "pending", 100, "NULL");
        job("job-2", "tenant-b", "small", "create", "now()");
        decide("small");
        assertThat(state("job-2")).isEqualTo("placed");
    }

    /// A worker writes the job before the VM, a gateway locks the VM before the job.
    @Test
    void aGatewayThatHasToGiveWayToAWorkerTriesAgain() throws Exception {
        vm("v", "tenant-a", "starting", 100, "'host-1'");
        job("job-1", "tenant-a", "v", "create", "now()");
        execute("UPDATE jobs SET state = 'placed', host_id = 'host-1', attempt = 1 WHERE id = 'job-1'");
        try (Connection worker = server.connect("noid_worker", "worker");
                Statement statement = worker.createStatement()) {
            worker.setAutoCommit(false);
            statement.execute("UPDATE jobs SET state = 'running' WHERE id = 'job-1'");
            CompletableFuture<JobState> cancel = CompletableFuture.supplyAsync(
                    () -> cancels().cancel(asked("tenant-a"), "job-1").state());
            await().atMost(Duration.ofSeconds(10))
                    .until(() -> text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
                            .equals("1"));
            statement.execute("UPDATE vms SET observed = 'running' WHERE id = 'v'");
            worker.commit();
            assertThat(cancel.join()).isEqualTo(JobState.CANCELLING);
        }
    }

    @Test
    void aCancelledStartTakesBackOnlyItsOwnWish() throws SQLException {
        vm("v", "tenant-a", "stopped", 2_000, "'host-1'");
        job("job-1", "tenant-a", "v", "start", "now()");
        job("job-2", "tenant-a", "v", "start", "now()");
        execute("UPDATE vms SET desired = 'running' WHERE id = 'v'");
        cancels().cancel(asked("tenant-a"), "job-1");
        assertThat(text("SELECT desired FROM vms WHERE id = 'v'")).isEqualTo("running");
        cancels().cancel(asked("tenant-a"), "job-2");
        assertThat(text("SELECT desired FROM vms WHERE id = 'v'")).isEqualTo("stopped");
    }

    @Test
    void aStartIsMeantAlsoWhenTheStopBeforeItEndedLater() throws SQLException {
        vm("v", "tenant-a", "stopped", 100, "'host-1'");
        job("job-1", "tenant-a", "v", "start", "now()");
        execute("UPDATE vms SET desired = 'stopped' WHERE id = 'v'");
        decide("v");
        assertThat(state("job-1")).isEqualTo("placed");
        assertThat(text("SELECT desired FROM vms WHERE id = 'v'")).isEqualTo("running");
    }

    @Test
    void theStopBehindAStartIsWhatIsMeant() throws SQLException {
        vm("v", "tenant-a", "stopped", 100, "'host-1'");
        job("job-1", "tenant-a", "v", "start", "now()");
        job("job-2", "tenant-a", "v", "stop", "now()");
        execute("UPDATE vms SET desired = 'stopped' WHERE id = 'v'");
        decide("v");
        assertThat(state("job-1")).isEqualTo("placed");
        assertThat(text("SELECT desired FROM vms WHERE id = 'v'")).isEqualTo("stopped");
    }

    @Test
    void aStartOfWhatRunsHasNothingToDoAndChangesNothing() throws SQLException {
        vm("v", "tenant-a", "running", 100, "'host-1'");
        job("job-1", "tenant-a", "v", "start", "now()");
        decide("v");
        assertThat(state("job-1")).isEqualTo("succeeded");
        assertThat(text("SELECT generation FROM vms WHERE id = 'v'")).isEqualTo("1");
    }

    @Test
    void whatAVmNeedsIsWhatTheJobNeedsWhoseTurnItIs() throws SQLException {
        vm("v", "tenant-a", "running", 100, "'host-1'");
        job("job-1", "tenant-a", "v", "stop", "now()");
        job("job-2", "tenant-a", "v", "start", "now()");
        assertThat(waiting(10)).singleElement().satisfies(waiting -> assertThat(waiting.room())
                .isNull());
        execute("UPDATE jobs SET state = 'cancelled' WHERE id = 'job-1'");
        assertThat(waiting(10)).singleElement().satisfies(waiting -> assertThat(waiting.room())
                .isEqualTo("host-1"));
    }

    @Test
    void whoWantsOneRoomDoesNotFillTheListAndTenantsWithFewVmsComeFirst() throws SQLException {
        for (int i = 0; i < 6; i++) {
            vm("a" + i, "tenant-a", "stopped", 100, "'host-1'");
            job("job-0" + i, "tenant-a", "a" + i, "start", "now()");
        }
        vm("b0", "tenant-b", "running", 100, "'host-1'");
        vm("b1", "tenant-b", "pending", 100, "NULL");
        job("job-1", "tenant-b", "b1", "create", "now()");
        assertThat(waiting(8)).extracting(Queue.Waiting::vm).containsExactly("a0", "a1", "b1");
    }

    /// Attack F1: more than 250 of one image hid the ones behind them.
    @Test
    void sixHundredThatWaitForMoreThanThereIsDoNotHideASmallerOneBehindThem() throws SQLException {
        vm("running", "tenant-a", "running", 900, "'host-1'");
        execute(
                "INSERT INTO vms (id, tenant_id, name, desired, observed, image, memory_mib, cpus, disk_mib, partition)"
                        + " SELECT 'a' || n, 'tenant-a', 'a' || n, 'running', 'pending', 'sha256:1', 800, 1, 64, 0"
                        + " FROM generate_series(1, 600) n",
                "INSERT INTO jobs (id, tenant_id, vm_id, kind, state, spec) SELECT 'job-' || n, 'tenant-a', 'a' || n,"
                        + " 'create', 'queued', '" + CREATE + "' FROM generate_series(1, 600) n");
        vm("small", "tenant-a", "pending", 64, "NULL");
        job("job-small", "tenant-a", "small", "create", "now()");
        try (Dispatcher dispatcher = new Dispatcher(database, nobody, () -> {});
                PlacementLoop loop = new PlacementLoop(database, placement, dispatcher, _ -> {}, () -> {})) {
            loop.start();
            await().atMost(Duration.ofSeconds(10))
                    .until(() -> state("job-small").equals("placed"));
        }
        assertThat(text("SELECT count(*) FROM jobs WHERE state = 'queued'")).isEqualTo("600");
    }

    /// Many VMs that are on their way to run, each with execs that wait for it: there is nothing to decide.
    @Test
    void whatWaitsForAVmThatStartsIsNotInTheList() throws SQLException {
        vm("v", "tenant-a", "starting", 100, "'host-1'");
        job("job-1", "tenant-a", "v", "start", "now()");
        job("job-2", "tenant-a", "v", "exec", "now()");
        execute("UPDATE jobs SET state = 'placed' WHERE id = 'job-1'");
        assertThat(waiting(10)).isEmpty();
        execute("UPDATE jobs SET state = 'running' WHERE id = 'job-1'");
        execute("UPDATE jobs SET state = 'succeeded' WHERE id = 'job-1'");
        assertThat(waiting(10)).singleElement().satisfies(waiting -> assertThat(waiting.vm())
                .isEqualTo("v"));
    }

    /// Two gateways, of which the first one's clock is an hour fast: the ids are in the reverse order.
    @Test
    void jobsOfAVmRunInTheOrderInWhichTheyWereAcceptedWhateverTheirIdsSay() throws SQLException {
        vm("v", "tenant-a", "running", 100, "'host-1'");
        job("job-0", "tenant-a", "v", "checkpoint", "now()");
        execute("UPDATE jobs SET state = 'placed' WHERE id = 'job-0'");
        String stop = lifecycles(Duration.ofHours(1))
                .stop(asked("tenant-a"), "v", new StopVm(null))
                .id();
        String start = lifecycles(Duration.ZERO).start(asked("tenant-a"), "v").id();
        assertThat(start).isLessThan(stop);
        execute("UPDATE jobs SET state = 'running' WHERE id = 'job-0'");
        execute("UPDATE jobs SET state = 'succeeded' WHERE id = 'job-0'");
        decide("v");
        assertThat(state(stop)).isEqualTo("placed");
        assertThat(state(start)).isEqualTo("queued");
        assertThat(list("v")).as("newest first").extracting(JobRow::id).containsExactly(start, stop, "job-0");
        boolean afterStop = database.read(tx -> tx.jobs().openAfter("v", stop));
        boolean afterStart = database.read(tx -> tx.jobs().openAfter("v", start));
        assertThat(afterStop).isTrue();
        assertThat(afterStart).isFalse();
    }

    private Lifecycles lifecycles(Duration fast) {
        Dispatcher dispatcher = new Dispatcher(database, nobody, () -> {});
        Submit submit =
                new Submit(database, new PlacementLoop(database, placement, dispatcher, _ -> {}, () -> {}), _ -> {});
        return new Lifecycles(submit, placement, new Policies(), new Ids(() -> InstantSource.system()
                .instant()
                .plus(fast)));
    }

    @Test
    void howManyAreAheadIsTheSameInAListAndForOneAlone() throws SQLException {
        vm("v", "tenant-a", "stopped", 5_000, "'host-1'");
        vm("w", "tenant-b", "stopped", 5_000, "'host-1'");
        job("job-1", "tenant-a", "v", "start", "now()");
        job("job-2", "tenant-a", "v", "exec", "now()");
        job("job-3", "tenant-b", "w", "start", "now()");
        job("job-4", "tenant-a", "v", "stop", "now()");
        job("job-5", "tenant-a", "v", "start", "now()");
        assertThat(list(null)).extracting(JobRow::position).containsExactly(4, 2, 1, 0);
        for (int n : new int[] {1, 2, 4, 5}) {
            JobRow alone =
                    database.read(tx -> tx.jobs().find("tenant-a", "job-" + n).orElseThrow());
            assertThat(alone.position()).as("job-" + n).isEqualTo(n == 1 ? 0 : n == 2 ? 1 : n == 4 ? 2 : 4);
        }
    }

    @Test
    void execsThatWaitedArePlacedAFewAtATime() throws SQLException {
        vm("v", "tenant-a", "running", 100, "'host-1'");
        for (int i = 0; i < Placing.EXECS_AT_ONCE + 5; i++) {
            job("job-" + (10 + i), "tenant-a", "v", "exec", "now()");
        }
        decide("v");
        String placed = "SELECT count(*) FROM jobs WHERE state = 'placed'";
        assertThat(text(placed)).isEqualTo(String.valueOf(Placing.EXECS_AT_ONCE));
        decide("v");
        assertThat(text(placed)).isEqualTo(String.valueOf(Placing.EXECS_AT_ONCE + 5));
    }

    /// Who reads its output begins there, and not at all that the partition keeps.
    @Test
    void anExecThatAWorkerRefusesHasAPlaceInTheOutputToo() throws SQLException {
        vm("v", "tenant-a", "running", 100, "'host-1'");
        job("job-1", "tenant-a", "v", "exec", "now()");
        decide("v");
        var ending = new Ending(
                new ExecId("job-1", 1),
                JobKind.EXEC,
                "v",
                1,
                0,
                Outcome.ended(JobState.FAILED, JobError.user("vm_not_running", "It does not run.", null)),
                null,
                List.of());
        try (var rows = new dev.noid.worker.store.Database(server.settings().jdbcUrl(), "noid_worker", "worker", 2);
                AttemptRows attempts = new AttemptRows(rows, new HostRow("host-1", "s", 0))) {
            assertThat(attempts.refuse(ending, 77)).isPresent();
        }
        assertThat(state("job-1")).isEqualTo("failed");
        assertThat(text("SELECT output_offset FROM attempts WHERE job_id = 'job-1'"))
                .isEqualTo("77");
    }

    @Test
    void anotherTenantsJobIsNotThere() throws SQLException {
        vm("v", "tenant-a", "pending", 100, "NULL");
        job("job-1", "tenant-a", "v", "create", "now()");
        assertThatThrownBy(() -> cancels().cancel(asked("tenant-b"), "job-1"))
                .isInstanceOfSatisfying(
                        Refused.class, e -> assertThat(e.problem().code()).isEqualTo("job_not_found"));
        assertThat(state("job-1")).isEqualTo("queued");
    }

    private Cancels cancels() {
        Dispatcher dispatcher = new Dispatcher(database, nobody, () -> {});
        return new Cancels(
                new Submit(database, new PlacementLoop(database, placement, dispatcher, _ -> {}, () -> {}), _ -> {}));
    }

    private static Asked asked(String tenant) {
        return new Asked(tenant, null, new byte[0]);
    }

    private List<Queue.Waiting> waiting(int limit) {
        return database.read(tx -> tx.queue().waiting(limit, 2));
    }

    private List<JobRow> list(@Nullable String vm) {
        return database.read(tx -> tx.jobs().list("tenant-a", vm, null, LabelFilter.NONE, null, 10)).stream()
                .map(Jobs.Listed::row)
                .toList();
    }

    private void decide(String vm) {
        var _ = database.transaction(tx -> placement.of(tx, vm));
    }

    private void host(String id, String beat) throws SQLException {
        execute(
                "INSERT INTO hosts (id, name, start_id, command_partition, engine, isolation, accelerator, cpus, memory_mib,"
                        + " version, last_beat_at) VALUES ('" + id + "', '" + id
                        + "', 's', 0, 'stub', 'none', 'none', 1, 1000, '1', " + beat + ")",
                "INSERT INTO images (digest, host_id, name, kernel, size_bytes) VALUES ('sha256:1', '" + id
                        + "', 'busybox', 'k', 1)");
    }

    private void vm(String id, String tenant, String observed, int memoryMib, String host) throws SQLException {
        execute("INSERT INTO vms (id, tenant_id, name, desired, observed, host_id, image, memory_mib, cpus, disk_mib,"
                + " partition) VALUES ('" + id + "', '" + tenant + "', '" + id + "', 'running', '" + observed + "', "
                + host + ", 'sha256:1', " + memoryMib + ", 1, 64, 0)");
    }

    private void job(String id, String tenant, String vm, String kind, String created) throws SQLException {
        String spec = kind.equals("create")
                ? CREATE
                : "{\"kind\": \"start\", \"name\": \"n\", \"shape\": {\"memoryMib\": 1, \"cpus\": 1, \"diskMib\": 64}}";
        execute("INSERT INTO jobs (id, tenant_id, vm_id, kind, state, spec, created_at) VALUES ('" + id + "', '"
                + tenant + "', '" + vm + "', '" + kind + "', 'queued', '" + spec + "', " + created + ")");
    }

    private String state(String job) throws SQLException {
        return text("SELECT state FROM jobs WHERE id = '" + job + "'");
    }

    private void execute(String... all) throws SQLException {
        try (Statement statement = owner.createStatement()) {
            for (String sql : all) {
                statement.execute(sql);
            }
        }
    }

    private String text(String sql) throws SQLException {
        try (Statement statement = owner.createStatement();
                var row = statement.executeQuery(sql)) {
            row.next();
            return row.getString(1);
        }
    }
}
