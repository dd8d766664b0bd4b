package dev.noid.standalone.checkpoints;

import static dev.noid.standalone.checkpoints.Scene.asked;
import static dev.noid.standalone.checkpoints.Scene.refused;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.noid.gateway.http.HttpServer;
import dev.noid.gateway.store.JobRow;
import dev.noid.gateway.store.Lifetimes.Due;
import dev.noid.gateway.store.Lifetimes.Why;
import dev.noid.gateway.submit.Created;
import dev.noid.gateway.submit.LifetimeLoop;
import dev.noid.schema.api.ChangeVm;
import dev.noid.schema.api.CreateVm;
import dev.noid.schema.api.ExecVm;
import dev.noid.schema.api.ForkVm;
import dev.noid.schema.api.Vm;
import dev.noid.schema.job.JobState;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/// Until when a VM is wanted: when it is due, and that one job comes of it. Field case 44.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class LifetimesTest {
    /// For longer than any lease needs.
    private static final long LOOKED = 100;

    private final Scene scene;

    LifetimesTest() throws IOException, InterruptedException, SQLException {
        scene = new Scene();
    }

    @AfterAll
    void close() throws IOException, SQLException {
        scene.close();
    }

    @BeforeEach
    void begin() throws SQLException {
        scene.begin();
    }

    @Test
    void aVmWhoseTimeIsOverIsDestroyedByOneJobHoweverManyGatewaysLook() throws SQLException {
        List<LifetimeLoop> gateways = new ArrayList<>();
        try {
            for (int i = 0; i < 4; i++) {
                gateways.add(new LifetimeLoop(scene.database, scene.submit, scene.lifecycles, () -> {}));
            }
            scene.execute("UPDATE vms SET expires_at = now()");
            gateways.forEach(LifetimeLoop::start);
            await().until(() -> count("kind = 'destroy'") > 0);
            // All of them have been round again once a later one is seen.
            scene.vm("later", "tenant-a", "running", 100);
            scene.execute("UPDATE vms SET expires_at = now() WHERE name = 'later'");
            await().until(() -> count("kind = 'destroy' AND vm_id = 'vm-later'") > 0);
        } finally {
            gateways.forEach(LifetimeLoop::close);
        }
        assertThat(count("kind = 'destroy'")).isEqualTo(2);
        JobRow job = scene.database
                .read(tx -> tx.jobs().lastDestroy("tenant-a", "web").flatMap(id -> tx.jobs()
                        .find("tenant-a", id)))
                .orElseThrow();
        assertThat(job.view().reason()).isEqualTo("expired");
        assertThat(job.state()).isEqualTo(JobState.PLACED);
    }

    @Test
    void aLifetimeIsCountedFromTheRequestAndCanBeExtendedOrTakenAway() throws SQLException {
        JobRow create = scene.creates.create(asked("tenant-a"), wanted("brief", 60L, null, null, null));
        Instant end = Objects.requireNonNull(vm("brief").expiresAt());
        assertThat(Duration.between(create.createdAt(), end)).isEqualTo(Duration.ofSeconds(60));

        Vm longer = scene.changes.change("tenant-a", "brief", new ChangeVm(3_600L, null, null, null));
        assertThat(longer.expiresAt()).isAfter(end.plusSeconds(3_000));
        assertThat(scene.changes.change("tenant-a", "brief", new ChangeVm(null, 900, null, null)))
                .extracting(Vm::expiresAt, Vm::idleStopSeconds)
                .containsExactly(longer.expiresAt(), 900);
        assertThat(scene.changes.change("tenant-a", "brief", new ChangeVm(0L, 0, null, null)))
                .extracting(Vm::expiresAt, Vm::idleStopSeconds)
                .containsExactly(null, null);
    }

    @Test
    void aForkHasALifetimeOfItsOwn() throws SQLException {
        scene.made("first");
        scene.forks.fork(
                asked("tenant-a"), "web", new ForkVm("first", 1, "try", null, 60L, 30, Map.of("team", "blue")));
        assertThat(vm("try-1").expiresAt()).isNotNull();
        assertThat(vm("try-1")).extracting(Vm::idleStopSeconds, Vm::labels).containsExactly(30, Map.of("team", "blue"));
        assertThat(vm("web")).extracting(Vm::expiresAt, Vm::labels).containsOnlyNulls();
    }

    @Test
    void aVmIsIdleOnceNothingIsOpenAndNothingWasAskedForSoLong() throws SQLException {
        scene.execute("UPDATE vms SET idle_stop_seconds = 60");
        assertThat(due("web")).isEmpty();
        String exec = exec("web");
        scene.execute("UPDATE vms SET used_at = now() - interval '61 seconds'");
        assertThat(due("web")).as("something is open").isEmpty();
        int noted = scene.database.read(tx -> tx.lifetimes().noteUse());
        assertThat(noted).isOne();
        scene.end(exec, "succeeded");
        assertThat(due("web")).as("it was open just now").isEmpty();
        scene.execute("UPDATE vms SET used_at = now() - interval '61 seconds'");
        assertThat(due("web")).contains(Why.IDLE);
    }

    @Test
    void oneThatIsStoppedForIdlenessSaysSoUntilItIsStarted() throws SQLException {
        scene.execute("UPDATE vms SET idle_stop_seconds = 1, used_at = now() - interval '1 minute'");
        try (LifetimeLoop gateway = new LifetimeLoop(scene.database, scene.submit, scene.lifecycles, () -> {})) {
            gateway.start();
            await().until(() -> count("kind = 'stop'") > 0);
        }
        String stop = scene.text("SELECT id FROM jobs WHERE kind = 'stop'");
        assertThat(scene.database
                        .read(tx -> tx.jobs().find("tenant-a", stop))
                        .orElseThrow()
                        .view()
                        .reason())
                .isEqualTo("idle");
        scene.end(stop, "succeeded");
        scene.execute("UPDATE vms SET observed = 'stopping'", "UPDATE vms SET observed = 'stopped'");
        assertThat(vm("web").reason()).isEqualTo("idle");
        assertThat(refused(() -> exec("web")).detail()).contains("stopped (idle)");

        scene.lifecycles.start(asked("tenant-a"), "web");
        scene.execute("UPDATE vms SET observed = 'starting'", "UPDATE vms SET observed = 'running'");
        scene.end(scene.text("SELECT id FROM jobs WHERE kind = 'start'"), "succeeded");
        assertThat(vm("web").reason()).isNull();
        assertThat(due("web")).as("its start was use too").isEmpty();
    }

    /// Also of an exec that is placed with others in one statement.
    @Test
    void useIsNotedWithEachExecButNotTimeAfterTime() throws SQLException {
        scene.execute("UPDATE vms SET idle_stop_seconds = 600, used_at = now() - interval '10 minutes'");
        String exec = exec("web");
        assertThat(scene.state(exec)).isEqualTo("placed");
        scene.end(exec, "succeeded");
        assertThat(due("web")).as("over before anybody looked").isEmpty();
        String noted = scene.text("SELECT used_at FROM vms");
        assertThat(scene.state(exec("web"))).isEqualTo("placed");
        assertThat(scene.text("SELECT used_at FROM vms")).isEqualTo(noted);
    }

    @Test
    void anEphemeralVmIsOverWithItsExecs() throws SQLException {
        scene.execute("UPDATE vms SET ephemeral = true");
        assertThat(due("web")).as("whoever made it may want something yet").isEmpty();
        String first = exec("web");
        String second = exec("web");
        assertThat(due("web")).isEmpty();
        scene.end(first, "failed");
        assertThat(due("web")).as("one still runs").isEmpty();
        scene.end(second, "succeeded");
        assertThat(due("web")).contains(Why.EXECS_OVER);
    }

    @Test
    void anEphemeralVmNobodyAskedAnythingOfIsOverAMinuteAfterItCouldRun() throws SQLException {
        JobRow create = scene.creates.create(asked("tenant-a"), wanted("unused", null, null, null, true));
        scene.execute("UPDATE vms SET used_at = now() - interval '61 seconds' WHERE name = 'unused'");
        assertThat(due("unused")).as("its create is open").isEmpty();
        scene.database.read(tx -> tx.lifetimes().noteUse());
        scene.end(create.id(), "succeeded");
        assertThat(due("unused")).isEmpty();
        scene.execute("UPDATE vms SET used_at = now() - interval '61 seconds' WHERE name = 'unused'");
        assertThat(due("unused")).contains(Why.EXECS_OVER);
    }

    @Test
    void aLeaseThatNobodyRenewsEndsTheVmUnlessNobodyCouldHave() throws SQLException {
        scene.execute("UPDATE vms SET lease_seconds = 45, lease_until = now() + interval '1 second'");
        assertThat(due("web")).isEmpty();
        scene.execute("UPDATE vms SET lease_until = now()");
        assertThat(due("web")).contains(Why.LEASE_OVER);
        assertThat(due("web", 14)).as("the gateway was away until 14 s ago").isEmpty();
        assertThat(due("web", 15)).contains(Why.LEASE_OVER);

        Vm renewed = scene.changes.change("tenant-a", "web", new ChangeVm(null, null, 45, null));
        assertThat(renewed.leaseUntil()).isNotNull();
        assertThat(due("web")).isEmpty();
        assertThat(scene.changes
                        .change("tenant-a", "web", new ChangeVm(null, null, 0, null))
                        .leaseUntil())
                .isNull();
    }

    @Test
    void aVmThatIsBeingDestroyedIsDueNoMoreAndNotChanged() throws SQLException {
        scene.execute("UPDATE vms SET expires_at = now(), ephemeral = true, exec_asked = true");
        scene.lifecycles.destroy(asked("tenant-a"), "web", false);
        assertThat(due("web")).isEmpty();
        assertThat(refused(() -> scene.changes.change("tenant-a", "web", new ChangeVm(60L, null, null, null)))
                        .code())
                .isEqualTo("vm_being_destroyed");
    }

    // --- only when it is missing

    @Test
    void twentyThatWantAVmIfItIsMissingMakeOne() throws Exception {
        CreateVm body = ifMissing("once", null);
        Set<String> jobs;
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Callable<Created>> requests = IntStream.range(0, 20)
                    .<Callable<Created>>mapToObj(_ -> () -> scene.creates.ifMissing(asked("tenant-a"), "once", body))
                    .toList();
            jobs = threads.invokeAll(requests).stream()
                    .map(created -> ((Created.ByJob) created.resultNow()).job().id())
                    .collect(Collectors.toSet());
        }
        assertThat(jobs).hasSize(1);
        assertThat(count("kind = 'create'")).isOne();

        scene.end(jobs.iterator().next(), "succeeded");
        assertThat(scene.creates.ifMissing(asked("tenant-a"), "once", body))
                .isInstanceOfSatisfying(
                        Created.Before.class,
                        before -> assertThat(before.vm().name()).isEqualTo("once"));
    }

    @Test
    void aVmThatIsThereHasToBeAsItWasAskedFor() throws SQLException {
        assertThat(scene.creates.ifMissing(asked("tenant-a"), "web", ifMissing("web", 200)))
                .isInstanceOf(Created.Before.class);
        var other = refused(() -> scene.creates.ifMissing(
                asked("tenant-a"),
                "web",
                new CreateVm("web", "busybox", 100, 2, 64, null, true, null, null, null, null, null)));
        assertThat(other.code()).isEqualTo("vm_differs");
        assertThat(other.detail()).contains("memoryMib is 200, not 100", "cpus is 1, not 2");
        assertThat(Objects.requireNonNull(other.errors()))
                .extracting(error -> error.pointer())
                .containsExactly("/memoryMib", "/cpus");
        assertThat(other.hint()).contains("noid rm web");
    }

    @Test
    void aStoppedVmIsAsGoodAsAnyAndOneThatIsGoingIsNot() throws SQLException {
        scene.vm("rests", "tenant-a", "stopped", 100);
        assertThat(scene.creates.ifMissing(asked("tenant-a"), "rests", ifMissing("rests", null)))
                .isInstanceOfSatisfying(
                        Created.Before.class,
                        before -> assertThat(before.vm().observed().toString()).isEqualTo("stopped"));
        scene.lifecycles.destroy(asked("tenant-a"), "rests", false);
        assertThat(refused(() -> scene.creates.ifMissing(asked("tenant-a"), "rests", ifMissing("rests", null)))
                        .code())
                .isEqualTo("vm_being_destroyed");
    }

    @Test
    void aRepeatedKeyIsToldTheSameOfAVmThatWasThere() throws SQLException {
        var key = Scene.keyed("key-1", "request");
        assertThat(scene.creates.ifMissing(key, "web", ifMissing("web", null))).isInstanceOf(Created.Before.class);
        assertThat(scene.creates.ifMissing(key, "web", ifMissing("web", null))).isInstanceOf(Created.Before.class);
        assertThat(count("true")).isZero();
    }

    /// The reply says itself which of the two it is: a VM with its own place, or a job.
    @Test
    void overHttpAVmThatIsThereIsTheAnswer() throws Exception {
        String token = scene.token("exec");
        try (HttpServer server = scene.serve();
                HttpClient client = HttpClient.newHttpClient()) {
            var there = post(client, server, token, "{\"name\": \"web\", \"ifMissing\": true}");
            assertThat(there.statusCode()).isEqualTo(200);
            assertThat(there.headers().firstValue("Location")).contains("/vms/web");
            assertThat(there.body()).contains("\"observed\":\"running\"");
            var made = post(client, server, token, "{\"name\": \"new\", \"ifMissing\": true}");
            assertThat(made.statusCode()).isEqualTo(202);
            assertThat(made.headers().firstValue("Location").orElse("")).startsWith("/jobs/");
            var other = post(client, server, token, "{\"name\": \"web\", \"ifMissing\": true, \"cpus\": 2}");
            assertThat(other.statusCode()).isEqualTo(409);
            assertThat(other.body()).contains("vm_differs", "/cpus", "noid rm web");
        }
    }

    private static HttpResponse<String> post(HttpClient client, HttpServer server, String token, String body)
            throws IOException, InterruptedException {
        var request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + "/vms"))
                .header("Authorization", "Bearer " + token)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build();
        return client.send(request, HttpResponse.BodyHandlers.ofString());
    }

    // ---

    private String exec(String vm) {
        return scene.execs
                .exec(
                        asked("tenant-a"),
                        vm,
                        new ExecVm(List.of("true"), null, null, null, null, null, null, null, null, null),
                        _ -> {})
                .id();
    }

    private static CreateVm wanted(
            String name,
            @Nullable Long ttl,
            @Nullable Integer idle,
            @Nullable Integer lease,
            @Nullable Boolean ephemeral) {
        return new CreateVm(name, null, 100, null, null, null, null, ttl, idle, lease, ephemeral, null);
    }

    private static CreateVm ifMissing(String name, @Nullable Integer memory) {
        return new CreateVm(name, null, memory, null, null, null, true, null, null, null, null, null);
    }

    private Vm vm(String name) {
        return scene.database.read(tx -> tx.vms().find("tenant-a", name)).orElseThrow();
    }

    private Optional<Why> due(String name) {
        return due(name, LOOKED);
    }

    private Optional<Why> due(String name, long looked) {
        List<Due> all = scene.database.read(tx -> tx.lifetimes().due(looked, 10));
        return all.stream().filter(one -> one.name().equals(name)).map(Due::why).findFirst();
    }

    private int count(String where) throws SQLException {
        return Integer.parseInt(scene.text("SELECT count(*) FROM jobs WHERE " + where));
    }
}
