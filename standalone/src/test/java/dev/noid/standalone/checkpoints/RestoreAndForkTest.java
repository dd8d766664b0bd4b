package dev.noid.standalone.checkpoints;

import static dev.noid.standalone.checkpoints.Scene.asked;
import static dev.noid.standalone.checkpoints.Scene.keyed;
import static dev.noid.standalone.checkpoints.Scene.refused;
import static org.assertj.core.api.Assertions.assertThat;

import dev.noid.gateway.store.JobRow;
import dev.noid.gateway.submit.Forked;
import dev.noid.schema.api.CreateVm;
import dev.noid.schema.api.ExecVm;
import dev.noid.schema.api.ForkVm;
import dev.noid.schema.api.Problem;
import dev.noid.schema.api.RestoreVm;
import dev.noid.schema.job.JobState;
import java.io.IOException;
import java.sql.SQLException;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/// Where and when a restore or fork runs, and what becomes of those that can not.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RestoreAndForkTest {
    private final Scene scene = new Scene();

    RestoreAndForkTest() throws IOException, InterruptedException, SQLException {}

    @AfterAll
    void stop() throws IOException, SQLException {
        scene.close();
    }

    @BeforeEach
    void begin() throws SQLException {
        scene.begin();
    }

    @Test
    void aRestoreKeepsTheGenerationAndTakesRoomForASecondVm() throws SQLException {
        String to = scene.made("good");
        assertThat(reserved()).isEqualTo(200);
        JobRow restore = restore(null, null);
        assertThat(restore.state()).isEqualTo(JobState.PLACED);
        assertThat(reserved()).isEqualTo(400);
        assertThat(scene.text(
                        "SELECT generation = (SELECT generation FROM vms WHERE id = 'vm-web') FROM jobs WHERE id = '"
                                + restore.id() + "'"))
                .isEqualTo("t");
        assertThat(scene.text("SELECT spec ->> 'checkpoint' FROM jobs WHERE id = '" + restore.id() + "'"))
                .isEqualTo(to);
        String keep = keep(restore.id());
        assertThat(scene.checkpoint(keep)).isEqualTo("pending");
        assertThat(scene.parent(keep)).isEqualTo(to);
        assertThat(refused(() -> scene.keeping.remove("tenant-a", to)).code()).isEqualTo("checkpoint_in_use");
    }

    @Test
    void aRestoreWaitsForRoomAndExecsWaitBehindIt() throws SQLException {
        scene.made(null);
        scene.vm("large", "tenant-a", "running", 700);
        JobRow restore = restore(null, null);
        assertThat(restore.state()).isEqualTo(JobState.QUEUED);
        JobRow exec = scene.execs.exec(asked("tenant-a"), "web", exec(), _ -> {});
        assertThat(exec.state()).isEqualTo(JobState.QUEUED);
        scene.execute("UPDATE vms SET observed = 'stopping' WHERE name = 'large'");
        scene.execute("UPDATE vms SET observed = 'stopped' WHERE name = 'large'");
        scene.decide("vm-web");
        assertThat(scene.state(restore.id())).isEqualTo("placed");
        assertThat(scene.state(exec.id())).isEqualTo("queued");
        scene.end(restore.id(), "succeeded");
        scene.decide("vm-web");
        assertThat(scene.state(exec.id())).isEqualTo("placed");
    }

    @Test
    void aVmThatCouldNeverBeThereTwiceIsRefused() throws SQLException {
        scene.execute("UPDATE vms SET memory_mib = 600 WHERE id = 'vm-web'");
        scene.made(null);
        Problem problem = refused(() -> restore(null, null));
        assertThat(problem.code()).isEqualTo("restore_too_large");
        assertThat(problem.hint()).isEqualTo("stop it first: noid stop web");
    }

    @Test
    void aStoppedVmIsRestoredWithoutKeepingWhatIsNotThere() throws SQLException {
        scene.made(null);
        scene.execute("UPDATE vms SET observed = 'stopped', desired = 'stopped' WHERE id = 'vm-web'");
        JobRow restore = restore(null, null);
        assertThat(restore.state()).isEqualTo(JobState.PLACED);
        assertThat(keep(restore.id())).isNull();
        assertThat(scene.text("SELECT state FROM checkpoints WHERE automatic")).isEqualTo("failed");
        assertThat(scene.text("SELECT desired FROM vms WHERE id = 'vm-web'")).isEqualTo("running");
        assertThat(reserved()).isEqualTo(200);
        assertThat(scene.execs.exec(asked("tenant-a"), "web", exec(), _ -> {}).state())
                .isEqualTo(JobState.QUEUED);
    }

    @Test
    void aCancelledRestoreTakesBackItsWish() throws SQLException {
        scene.made(null);
        scene.vm("large", "tenant-a", "running", 900);
        scene.execute("UPDATE vms SET observed = 'stopped', desired = 'stopped' WHERE id = 'vm-web'");
        JobRow restore = restore(null, null);
        assertThat(restore.state()).isEqualTo(JobState.QUEUED);
        scene.cancels.cancel(asked("tenant-a"), restore.id());
        assertThat(scene.text("SELECT desired FROM vms WHERE id = 'vm-web'")).isEqualTo("stopped");
        assertThat(scene.text("SELECT state FROM checkpoints WHERE automatic")).isEqualTo("failed");
    }

    @Test
    void aRestoreOfAnotherVmsCheckpointPointsToFork() throws SQLException {
        String id = scene.made("good");
        scene.vm("db", "tenant-a", "running", 100);
        Problem problem =
                refused(() -> scene.checkpointing.restore(asked("tenant-a"), "db", new RestoreVm("web/good", null)));
        assertThat(problem.status()).isEqualTo(422);
        assertThat(problem.code()).isEqualTo("checkpoint_of_other_vm");
        assertThat(problem.hint()).contains("noid fork " + id);
        assertThat(refused(() -> scene.checkpointing.restore(asked("tenant-a"), "db", new RestoreVm(null, null)))
                        .code())
                .isEqualTo("no_checkpoint");
    }

    @Test
    void aHostThatIsGoneIsSaidSo() throws SQLException {
        scene.made("good");
        scene.execute("UPDATE hosts SET last_beat_at = now() - interval '31 seconds'");
        assertThat(refused(() -> restore(null, null)).code()).isEqualTo("host_gone");
        assertThat(refused(() -> fork(new ForkVm("good", 2, null, null))).code())
                .isEqualTo("host_gone");
    }

    @Test
    void forksGoToTheHostOfTheirCheckpointAndWaitForRoomThere() throws SQLException {
        scene.made("good");
        scene.host("host-2");
        Forked forked = fork(new ForkVm("good", 6, null, null));
        assertThat(states(forked)).startsWith("placed");
        decideAll(forked);
        assertThat(forked.items()).extracting(Forked.Item::name).startsWith("web-fork-1", "web-fork-2");
        assertThat(states(forked)).containsExactly("placed", "placed", "placed", "placed", "queued", "queued");
        assertThat(scene.text("SELECT count(*) FROM vms WHERE host_id = 'host-2'"))
                .isEqualTo("0");
        assertThat(scene.text("SELECT count(DISTINCT checkpoint_id) FROM vms WHERE name LIKE 'web-fork-%'"))
                .isEqualTo("1");
        JobRow elsewhere = scene.creates.create(asked("tenant-b"), new CreateVm("free", null, 900, null, null, null));
        scene.decide(elsewhere.vmId());
        assertThat(scene.text("SELECT host_id FROM vms WHERE name = 'free'"))
                .as("what waits for one host keeps nobody from another")
                .isEqualTo("host-2");
    }

    @Test
    void aForkHasWhatItsCheckpointHas() throws SQLException {
        scene.made("good");
        JobRow fork = scene.creates.create(asked("tenant-a"), new CreateVm("copy", null, null, null, null, "web/good"));
        assertThat(scene.text("SELECT image || ' ' || memory_mib || ' ' || disk_mib FROM vms WHERE name = 'copy'"))
                .isEqualTo("sha256:1 200 64");
        assertThat(fork.spec().toString()).contains("checkpoint=ck-");
    }

    @Test
    void forksOfARunningVmWaitForTheirCheckpoint() throws SQLException {
        Forked forked = fork(new ForkVm(null, 2, null, null));
        assertThat(states(forked)).containsExactly("queued", "queued");
        JobRow other = scene.creates.create(asked("tenant-a"), new CreateVm("other", null, 100, null, null, null));
        assertThat(other.state()).as("they wait for no room").isEqualTo(JobState.PLACED);
        String job = scene.text("SELECT id FROM jobs WHERE kind = 'checkpoint'");
        assertThat(scene.completed(job)).isEqualTo(forked.checkpoint());
        decideAll(forked);
        assertThat(states(forked)).containsExactly("placed", "placed");
    }

    @Test
    void forksFailWithTheirCheckpointAndLeaveNothing() throws SQLException {
        Forked forked = fork(new ForkVm(null, 2, "copy", null));
        scene.execute("UPDATE checkpoints SET state = 'failed'");
        scene.end(scene.text("SELECT id FROM jobs WHERE kind = 'checkpoint'"), "failed");
        JobRow exec = scene.execs.exec(asked("tenant-a"), "copy-1", exec(), _ -> {});
        decideAll(forked);
        assertThat(states(forked)).containsExactly("failed", "failed");
        assertThat(scene.error(job(forked, 0))).isEqualTo("checkpoint_failed");
        assertThat(scene.error(exec.id())).isEqualTo("vm_destroyed");
        assertThat(scene.text("SELECT count(*) FROM vms WHERE name LIKE 'copy-%' AND observed <> 'destroyed'"))
                .isEqualTo("0");
    }

    @Test
    void aNameThatIsTakenIsRefusedAloneAndAllOfThemTogether() throws SQLException {
        scene.made("good");
        scene.vm("b", "tenant-a", "running", 100);
        Forked forked = fork(new ForkVm("good", null, null, List.of("a", "b", "c")));
        decideAll(forked);
        assertThat(states(forked)).containsExactly("placed", "name_in_use", "placed");
        assertThat(refused(() -> fork(new ForkVm(null, null, null, List.of("a", "b", "c"))))
                        .code())
                .isEqualTo("name_in_use");
        assertThat(scene.text("SELECT count(*) FROM jobs WHERE kind = 'checkpoint' AND state = 'placed'"))
                .as("nothing is kept for forks that nobody gets")
                .isEqualTo("0");
    }

    @Test
    void aKeyCoversAllForks() throws SQLException {
        scene.made("good");
        ForkVm body = new ForkVm("good", 3, null, null);
        Forked first = scene.forks.fork(keyed("k", "fork"), "web", body);
        Forked again = scene.forks.fork(keyed("k", "fork"), "web", body);
        assertThat(again.items())
                .extracting(Forked.Item::name)
                .isEqualTo(first.items().stream().map(Forked.Item::name).toList());
        for (int i = 0; i < 3; i++) {
            assertThat(job(again, i)).isEqualTo(job(first, i));
        }
        assertThat(refused(() -> scene.forks.fork(keyed("k", "other"), "web", body))
                        .code())
                .isEqualTo("idempotency_key_reused");
    }

    @Test
    void aHundredForksAreOneRequest() throws SQLException {
        scene.made("good");
        Forked forked = fork(new ForkVm("good", 100, null, null));
        assertThat(forked.items()).hasSize(100);
        decideAll(forked);
        assertThat(states(forked)).filteredOn("placed"::equals).hasSize(4);
    }

    private Forked fork(ForkVm body) {
        return scene.forks.fork(asked("tenant-a"), "web", body);
    }

    private JobRow restore(@Nullable String checkpoint, @Nullable Boolean keep) {
        return scene.checkpointing.restore(asked("tenant-a"), "web", new RestoreVm(checkpoint, keep));
    }

    private void decideAll(Forked forked) {
        forked.items().stream().map(Forked.Item::job).filter(Objects::nonNull).forEach(job -> scene.decide(job.vmId()));
    }

    private static String job(Forked forked, int index) {
        return Objects.requireNonNull(forked.items().get(index).job()).id();
    }

    /// State of each job now, or why there is none.
    private List<String> states(Forked forked) {
        return forked.items().stream()
                .map(item -> {
                    try {
                        return item.job() == null
                                ? Objects.requireNonNull(item.problem()).code()
                                : scene.state(item.job().id());
                    } catch (SQLException e) {
                        throw new IllegalStateException(e);
                    }
                })
                .toList();
    }

    private int reserved() {
        return scene.database.read(tx -> tx.hosts().list(null, 10).getFirst().memoryReservedMib());
    }

    private String keep(String job) throws SQLException {
        return scene.text("SELECT spec ->> 'keep' FROM jobs WHERE id = '" + job + "'");
    }

    private static ExecVm exec() {
        return new ExecVm(List.of("true"), null, null, null, null, null, null, null, null, null);
    }
}
