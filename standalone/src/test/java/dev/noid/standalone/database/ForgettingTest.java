package dev.noid.standalone.database;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.noid.gateway.dispatch.CommandProducer;
import dev.noid.gateway.dispatch.Dispatcher;
import dev.noid.gateway.placement.Placement;
import dev.noid.gateway.placement.PlacementLoop;
import dev.noid.gateway.policy.Forgetter;
import dev.noid.gateway.policy.Keep;
import dev.noid.gateway.submit.Asked;
import dev.noid.gateway.submit.Cancels;
import dev.noid.gateway.submit.Refused;
import dev.noid.gateway.submit.Submit;
import java.io.IOException;
import java.sql.SQLException;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/// What is over is forgotten when it is old or too many, and nothing that somebody could still need (attack J1).
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ForgettingTest {
    private static final Keep THIRTY_DAYS = new Keep(30, 0, 0, 48);

    private final Tables tables = new Tables();

    ForgettingTest() throws IOException, InterruptedException, SQLException {}

    @AfterAll
    void stop() throws IOException, SQLException {
        tables.close();
    }

    @BeforeEach
    void begin() throws SQLException {
        tables.begin();
        tables.vm("web", "tenant-a", "running");
    }

    private int forget(Keep keep) throws InterruptedException {
        try (Forgetter forgetter = new Forgetter(tables.database, keep, () -> {})) {
            return forgetter.forget();
        }
    }

    @Test
    void whatEndedLongAgoIsForgottenWithItsAttemptsWhateverItsEnd() throws Exception {
        for (String fate : new String[] {"succeeded", "failed", "cancelled", "timed_out", "lost"}) {
            tables.over("old-" + fate, "web", "exec", fate, "31 days");
            tables.over("young-" + fate, "web", "exec", fate, "29 days");
        }
        assertThat(forget(THIRTY_DAYS)).isEqualTo(5);
        assertThat(tables.ids("jobs"))
                .containsExactly("young-cancelled", "young-failed", "young-lost", "young-succeeded", "young-timed_out");
        assertThat(tables.number("SELECT count(*) FROM attempts")).isEqualTo(5);
        assertThat(tables.ids("vms")).containsExactly("web");
    }

    @Test
    void whatSomebodyCouldStillNeedStaysHoweverOldItIs() throws Exception {
        tables.over("create", "web", "create", "succeeded", "90 days");
        tables.over("restore-1", "web", "restore", "succeeded", "80 days");
        tables.over("restore-2", "web", "restore", "succeeded", "70 days");
        tables.over("not-told", "web", "exec", "succeeded", "60 days");
        tables.over("runs", "web", "exec", "running", "60 days");
        tables.execute("UPDATE attempts SET event_sent = false WHERE job_id = 'not-told'");
        tables.over("long", "web", "exec", "succeeded", "1 minute");
        tables.execute("UPDATE jobs SET created_at = now() - interval '60 days' WHERE id = 'long'");
        assertThat(forget(new Keep(1, 1, 0, 0))).isEqualTo(2);
        assertThat(tables.ids("jobs"))
                .as("the log of what runs begins with the last restore")
                .containsExactly("long", "not-told", "restore-2", "runs");
    }

    @Test
    void ofTooManyTheOldestGoFirstOfEachTenantAlone() throws Exception {
        tables.vm("other", "tenant-b", "running");
        for (int i = 0; i < 9; i++) {
            tables.over("a" + i, "web", "exec", i % 2 == 0 ? "succeeded" : "failed", (9 - i) + " days");
        }
        tables.over("b0", "other", "exec", "succeeded", "20 days");
        assertThat(forget(new Keep(0, 3, 0, 0))).isEqualTo(6);
        assertThat(tables.ids("jobs")).containsExactly("a6", "a7", "a8", "b0");
    }

    @Test
    void whatEndedWithinTheHourIsNotTooManyYet() throws Exception {
        for (int i = 0; i < 5; i++) {
            tables.over("a" + i, "web", "exec", "succeeded", "50 minutes");
        }
        assertThat(forget(new Keep(0, 1, 0, 0))).isZero();
    }

    @Test
    void zeroKeepsAll() throws Exception {
        tables.over("old", "web", "exec", "succeeded", "10 years");
        tables.vm("gone", "tenant-a", "destroyed");
        tables.checkpoint("ck-old", "gone", "NULL", "removed", "10 years");
        tables.execute("INSERT INTO idempotency_keys (tenant_id, key, fingerprint, created_at)"
                + " VALUES ('tenant-a', 'k', '', now() - interval '10 years')");
        assertThat(forget(new Keep(0, 0, 0, 0))).isZero();
        assertThat(tables.ids("jobs")).containsExactly("old");
        assertThat(tables.ids("checkpoints")).containsExactly("ck-old");
        assertThat(tables.number("SELECT count(*) FROM idempotency_keys")).isOne();
    }

    @Test
    void aDestroyedVmGoesWithTheLastThatIsLeftOfIt() throws Exception {
        for (String vm : new String[] {"done", "young", "kept"}) {
            tables.vm(vm, "tenant-a", "destroyed");
            tables.over(vm + "-create", vm, "create", "succeeded", "50 days");
            tables.over(vm + "-destroy", vm, "destroy", "succeeded", vm.equals("young") ? "1 day" : "40 days");
        }
        tables.checkpoint("ck-1", "kept", "NULL", "complete", "45 days");
        forget(THIRTY_DAYS);
        assertThat(tables.ids("jobs")).containsExactly("young-destroy");
        assertThat(tables.ids("vms")).containsExactly("kept", "web", "young");
        tables.execute("UPDATE checkpoints SET state = 'removing'");
        tables.execute("UPDATE checkpoints SET state = 'removed', removed_at = now() - interval '31 days'");
        forget(THIRTY_DAYS);
        assertThat(tables.ids("checkpoints")).isEmpty();
        assertThat(tables.ids("vms")).containsExactly("web", "young");
    }

    @Test
    void rowsOfRemovedCheckpointsGoAndTheirLineageIsToldWithoutThem() throws Exception {
        tables.checkpoint("ck-1", "web", "NULL", "complete", "90 days");
        tables.checkpoint("ck-2", "web", "'ck-1'", "removed", "80 days");
        tables.checkpoint("ck-3", "web", "'ck-2'", "removed", "70 days");
        tables.checkpoint("ck-4", "web", "'ck-3'", "removed", "10 days");
        tables.checkpoint("ck-5", "web", "'ck-1'", "failed", "60 days");
        tables.checkpoint("ck-6", "web", "'ck-1'", "removing", "60 days");
        forget(THIRTY_DAYS);
        assertThat(tables.ids("checkpoints")).containsExactly("ck-1", "ck-4", "ck-6");
        assertThat(tables.number("SELECT count(*) FROM checkpoints WHERE id = 'ck-4' AND parent_id = 'ck-1'"))
                .isOne();
        assertThat(tables.number("SELECT count(*) FROM checkpoint_files")).isEqualTo(3);
    }

    @Test
    void ofTooManyRemovedCheckpointsTheOldestGo() throws Exception {
        for (int i = 0; i < 5; i++) {
            tables.checkpoint("ck-" + i, "web", i == 0 ? "NULL" : "'ck-" + (i - 1) + "'", "removed", "2 hours");
        }
        forget(new Keep(0, 0, 2, 0));
        assertThat(tables.ids("checkpoints")).containsExactly("ck-3", "ck-4");
    }

    @Test
    void keysGoAfterTheirHoursManyAtATime() throws Exception {
        tables.execute("INSERT INTO idempotency_keys (tenant_id, key, fingerprint, created_at)"
                + " SELECT 'tenant-a', 'k' || n, '', now() - n * interval '1 minute' FROM generate_series(1, 6000) n");
        forget(THIRTY_DAYS);
        assertThat(tables.number("SELECT count(*) FROM idempotency_keys")).isBetween(2_875L, 2_880L);
    }

    /// Done a second time it would be, were the key forgotten with the job.
    @Test
    void aRequestThatComesAgainAfterItsJobWasForgottenIsToldSo() throws Exception {
        tables.over("job-1", "web", "exec", "succeeded", "40 days");
        Asked asked = new Asked("tenant-a", "key-1", new byte[] {1});
        try (CommandProducer nobody = new CommandProducer("127.0.0.1:1")) {
            Dispatcher dispatcher = new Dispatcher(tables.database, nobody, () -> {});
            Cancels cancels = new Cancels(new Submit(
                    tables.database,
                    new PlacementLoop(tables.database, new Placement(), dispatcher, _ -> {}, () -> {}),
                    _ -> {}));
            assertThat(cancels.cancel(asked, "job-1").id()).isEqualTo("job-1");
            assertThat(forget(THIRTY_DAYS)).isOne();
            assertThatThrownBy(() -> cancels.cancel(asked, "job-1")).isInstanceOfSatisfying(Refused.class, refused -> {
                assertThat(refused.problem().status()).isEqualTo(410);
                assertThat(refused.problem().code()).isEqualTo("job_forgotten");
            });
            assertThatThrownBy(() -> cancels.cancel(new Asked("tenant-a", null, new byte[0]), "job-1"))
                    .isInstanceOfSatisfying(Refused.class, refused -> {
                        assertThat(refused.problem().status()).isEqualTo(404);
                        assertThat(refused.problem().hint()).contains("NOID_KEEP_DAYS");
                    });
        }
    }

    @Test
    void twoGatewaysAtOnceForgetTheSameAndNothingTwice() throws Exception {
        tables.execute(
                "INSERT INTO jobs (id, tenant_id, vm_id, kind, state, spec, attempt, host_id, created_at, ended_at)"
                        + " SELECT 'job-' || n, 'tenant-a', 'web', 'exec', 'failed', '{}', 1, 'host-1',"
                        + " now() - interval '40 days', now() - interval '40 days' FROM generate_series(1, 3000) n",
                "INSERT INTO attempts (job_id, attempt, host_id, generation, start_id, ended_at, event_sent)"
                        + " SELECT id, 1, 'host-1', 1, 's', now(), true FROM jobs");
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Callable<Integer> one = () -> forget(THIRTY_DAYS);
            var first = threads.submit(one);
            var second = threads.submit(one);
            assertThat(first.get() + second.get()).isEqualTo(3_000);
        }
        assertThat(tables.ids("jobs")).isEmpty();
    }
}
