package dev.noid.standalone.checkpoints;

import static dev.noid.standalone.checkpoints.Scene.asked;
import static dev.noid.standalone.checkpoints.Scene.keyed;
import static dev.noid.standalone.checkpoints.Scene.refused;
import static org.assertj.core.api.Assertions.assertThat;

import dev.noid.gateway.store.JobRow;
import dev.noid.gateway.submit.Naming;
import dev.noid.schema.api.ChangeCheckpoint;
import dev.noid.schema.api.Checkpoint;
import dev.noid.schema.api.CheckpointPolicy;
import dev.noid.schema.api.CreateCheckpoint;
import dev.noid.schema.api.CreateVm;
import dev.noid.schema.api.ForkVm;
import dev.noid.schema.api.Problem;
import dev.noid.schema.api.Pruned;
import dev.noid.schema.api.RestoreVm;
import dev.noid.schema.checkpoint.CheckpointState;
import java.io.IOException;
import java.sql.SQLException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/// What a checkpoint is called, where it is in its tree, and when it may go.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class CheckpointsTest {
    private final Scene scene = new Scene();

    CheckpointsTest() throws IOException, InterruptedException, SQLException {}

    @AfterAll
    void stop() throws IOException, SQLException {
        scene.close();
    }

    @BeforeEach
    void begin() throws SQLException {
        scene.begin();
    }

    @Test
    void eachComesFromTheOneBeforeAndTheLastOneIsCurrent() throws SQLException {
        String first = scene.made("first");
        String second = scene.made(null);
        assertThat(scene.parent(first)).isNull();
        assertThat(scene.parent(second)).isEqualTo(first);
        assertThat(all()).extracting(Checkpoint::id).containsExactly(second, first);
        assertThat(all()).extracting(Checkpoint::current).containsExactly(true, false);
        assertThat(all().getFirst().bytes()).isEqualTo(30);
    }

    /// Its parent is what the VM comes from when its turn has come, not when it was asked for.
    @Test
    void oneThatWaitsBehindAnotherIsItsChild() throws SQLException {
        JobRow first = scene.checkpointing.create(asked("tenant-a"), "web", new CreateCheckpoint(null, null));
        JobRow second = scene.checkpointing.create(asked("tenant-a"), "web", new CreateCheckpoint(null, null));
        assertThat(second.state().toString()).isEqualTo("queued");
        String parent = scene.completed(first.id());
        scene.decide("vm-web");
        assertThat(scene.parent(scene.completed(second.id()))).isEqualTo(parent);
    }

    @Test
    void whatIsNotCompleteIsNotListedAndNothingGoesOnFromIt() {
        JobRow job = scene.checkpointing.create(asked("tenant-a"), "web", new CreateCheckpoint("half", null));
        assertThat(all()).isEmpty();
        assertThat(named("web/half").state()).isEqualTo(CheckpointState.PENDING);
        assertThat(code(() -> restore("half"))).isEqualTo("checkpoint_not_complete");
        assertThat(code(() -> scene.keeping.remove("tenant-a", "web/half"))).isEqualTo("checkpoint_not_complete");
        assertThat(job.state().toString()).isEqualTo("placed");
    }

    @Test
    void itIsNamedByIdPrefixAndLabel() throws SQLException {
        String id = scene.made("first");
        assertThat(named(id).id()).isEqualTo(id);
        assertThat(named("web/first").id()).isEqualTo(id);
        assertThat(named(id.substring(0, 20)).id()).isEqualTo(id);
        assertThat(code(() -> named("ck-01"))).isEqualTo("checkpoint_ambiguous");
        assertThat(code(() -> named("web/second"))).isEqualTo("checkpoint_not_found");
        assertThat(code(() -> named("ck-zzzzzzzz"))).isEqualTo("checkpoint_not_found");
        assertThat(code(() -> named("first"))).isEqualTo("checkpoint_not_found");
        String other = scene.made(null);
        Problem both = refused(() -> named(id.substring(0, 9)));
        assertThat(both.status()).isEqualTo(409);
        assertThat(both.detail()).contains(id + " (web/first)", other + " (web)");
    }

    @Test
    void tenantsDoNotSeeEachOthers() throws SQLException {
        String id = scene.made("first");
        for (String name : List.of(id, id.substring(0, 20), "web/first")) {
            assertThat(code(() -> scene.keeping.remove("tenant-b", name))).isEqualTo("checkpoint_not_found");
        }
        assertThat(code(() -> scene.creates.create(asked("tenant-b"), from(id))))
                .isEqualTo("checkpoint_not_found");
        assertThat(scene.database.<List<?>>read(tx -> tx.checkpoints().list("tenant-b", null, null, 10)))
                .isEmpty();
    }

    @Test
    void aLabelIsTakenOnceAndFreeAgainWhenItsCheckpointIsGone() throws SQLException {
        String id = scene.made("first");
        Problem taken = refused(() -> scene.made("first"));
        assertThat(taken.code()).isEqualTo("label_in_use");
        assertThat(taken.hint()).contains("noid checkpoint rm web/first");
        String second = scene.made(null);
        assertThat(code(() -> scene.keeping.change("tenant-a", second, new ChangeCheckpoint(null, "first"))))
                .isEqualTo("label_in_use");
        scene.keeping.change("tenant-a", id, new ChangeCheckpoint(null, ""));
        assertThat(scene.keeping.change("tenant-a", second, new ChangeCheckpoint(true, "first")))
                .satisfies(changed -> {
                    assertThat(changed.label()).isEqualTo("first");
                    assertThat(changed.pinned()).isTrue();
                });
    }

    @Test
    void aVmThatDoesNotRunHasNoMemoryToKeep() throws SQLException {
        scene.vm("off", "tenant-a", "stopped", 100);
        Problem problem =
                refused(() -> scene.checkpointing.create(asked("tenant-a"), "off", new CreateCheckpoint(null, null)));
        assertThat(problem.code()).isEqualTo("vm_not_running");
        assertThat(problem.hint()).isEqualTo("noid start off");
    }

    @Test
    void aCancelledOneIsFailedAndItsLabelFree() throws SQLException {
        JobRow first = scene.checkpointing.create(asked("tenant-a"), "web", new CreateCheckpoint("a", null));
        JobRow second = scene.checkpointing.create(asked("tenant-a"), "web", new CreateCheckpoint("b", null));
        scene.cancels.cancel(asked("tenant-a"), second.id());
        assertThat(scene.state(second.id())).isEqualTo("cancelled");
        assertThat(code(() -> named("web/b"))).isEqualTo("checkpoint_not_found");
        assertThat(named("web/a").state()).isEqualTo(CheckpointState.PENDING);
        scene.cancels.cancel(asked("tenant-a"), first.id());
        assertThat(scene.state(first.id())).isEqualTo("cancelling");
    }

    @Test
    void aDestroyOvertakesWhatWaitsAndItsCheckpointsAreFailed() throws SQLException {
        JobRow open = scene.checkpointing.create(asked("tenant-a"), "web", new CreateCheckpoint("a", null));
        JobRow waits = scene.checkpointing.create(asked("tenant-a"), "web", new CreateCheckpoint("b", null));
        scene.lifecycles.destroy(asked("tenant-a"), "web", false);
        assertThat(scene.state(open.id())).isEqualTo("cancelling");
        assertThat(scene.state(waits.id())).isEqualTo("cancelled");
        assertThat(scene.text("SELECT state FROM checkpoints WHERE label = 'b'"))
                .isEqualTo("failed");
    }

    @Test
    void oneThatIsQueuedWhenItsVmStopsFails() throws SQLException {
        JobRow first = scene.checkpointing.create(asked("tenant-a"), "web", new CreateCheckpoint(null, null));
        JobRow second = scene.checkpointing.create(asked("tenant-a"), "web", new CreateCheckpoint("late", null));
        scene.completed(first.id());
        scene.execute("UPDATE vms SET observed = 'stopped' WHERE id = 'vm-web'");
        scene.decide("vm-web");
        assertThat(scene.error(second.id())).isEqualTo("vm_not_running");
        assertThat(scene.text("SELECT state FROM checkpoints WHERE label = 'late'"))
                .isEqualTo("failed");
    }

    @Test
    void childrenOfARemovedOneComeFromItsParent() throws SQLException {
        String root = scene.made("root");
        String middle = scene.made("middle");
        String leaf = scene.made("leaf");
        assertThat(scene.keeping.remove("tenant-a", "web/middle").state()).isEqualTo(CheckpointState.REMOVING);
        assertThat(scene.parent(leaf)).isEqualTo(root);
        assertThat(scene.keeping.remove("tenant-a", middle).state()).as("twice").isEqualTo(CheckpointState.REMOVING);
        scene.keeping.remove("tenant-a", leaf);
        assertThat(scene.text("SELECT checkpoint_id FROM vms WHERE id = 'vm-web'"))
                .as("the VM goes on from what is left")
                .isEqualTo(root);
        assertThat(all()).extracting(Checkpoint::id).containsExactly(root);
    }

    @Test
    void whatIsPinnedOrInUseIsNotRemoved() throws SQLException {
        String id = scene.made("first");
        scene.keeping.change("tenant-a", id, new ChangeCheckpoint(true, null));
        Problem pinned = refused(() -> scene.keeping.remove("tenant-a", id));
        assertThat(pinned.code()).isEqualTo("checkpoint_pinned");
        assertThat(pinned.hint()).isEqualTo("noid checkpoint unpin " + id);
        scene.keeping.change("tenant-a", id, new ChangeCheckpoint(false, null));
        JobRow fork = scene.creates.create(asked("tenant-a"), from("web/first"));
        assertThat(code(() -> scene.keeping.remove("tenant-a", id))).isEqualTo("checkpoint_in_use");
        scene.end(fork.id(), "failed");
        assertThat(scene.keeping.remove("tenant-a", id).state()).isEqualTo(CheckpointState.REMOVING);
    }

    @Test
    void aPolicyKeepsTheNewestThePinnedTheCurrentAndThoseInUse() throws SQLException {
        String pinned = scene.made(null);
        scene.keeping.change("tenant-a", pinned, new ChangeCheckpoint(true, null));
        String used = scene.made(null);
        String old = scene.made(null);
        String newer = scene.made(null);
        String newest = scene.made(null);
        scene.creates.create(asked("tenant-a"), from(used));
        Pruned dry = scene.keeping.prune(keyed("k", "prune"), "web", new CheckpointPolicy(1, null, null, true));
        assertThat(dry.removed()).extracting(Checkpoint::id).containsExactly(newer, old);
        assertThat(dry.kept()).containsExactly(newest, used, pinned);
        assertThat(scene.checkpoint(old)).as("a dry run").isEqualTo("complete");
        scene.keeping.policy("tenant-a", "web", new CheckpointPolicy(1, null, null, null));
        assertThat(all()).extracting(Checkpoint::id).containsExactly(newest, used, pinned);
        assertThat(scene.parent(newest)).isEqualTo(used);
        assertThat(scene.keeping.policy("tenant-a", "web").keepLast()).isEqualTo(1);
        assertThat(scene.keeping
                        .prune(keyed("k", "prune"), "web", new CheckpointPolicy(1, null, null, true))
                        .kept())
                .as("the same key, the same reply")
                .isEqualTo(dry.kept());
    }

    @Test
    void aPolicyOnBytesCountsSharedOnesOnce() throws SQLException {
        String first = scene.made(null);
        String second = scene.made(null);
        String third = scene.made(null);
        // Each has 10 of its own, and all share 5.
        assertThat(usage()).isEqualTo("35 45");
        assertThat(prune(new CheckpointPolicy(null, null, 35L, true))).isEmpty();
        assertThat(prune(new CheckpointPolicy(null, null, 34L, true))).containsExactly(first);
        assertThat(prune(new CheckpointPolicy(null, null, 1L, false))).containsExactly(second, first);
        assertThat(all()).extracting(Checkpoint::id).containsExactly(third);
        assertThat(usage()).isEqualTo("15 15");
    }

    @Test
    void aPolicyOnAgeGoesByTheDatabasesClock() throws SQLException {
        String old = scene.made(null);
        String current = scene.made(null);
        scene.execute("UPDATE checkpoints SET created_at = now() - interval '2 hours'");
        assertThat(prune(new CheckpointPolicy(null, 3_600L, null, true))).containsExactly(old);
        assertThat(prune(new CheckpointPolicy(null, 7_300L, null, true))).isEmpty();
        assertThat(current).isNotEqualTo(old);
        assertThat(code(() -> prune(new CheckpointPolicy(null, null, null, true))))
                .isEqualTo("no_policy");
    }

    @Test
    void theyOutliveTheirVmAndGoWithItWhenAsked() throws SQLException {
        String id = scene.made("first");
        scene.execute("UPDATE vms SET observed = 'destroyed', desired = 'destroyed' WHERE id = 'vm-web'");
        assertThat(named("web/first").id()).isEqualTo(id);
        assertThat(all()).extracting(Checkpoint::current).containsExactly(false);
        JobRow fork = scene.creates.create(asked("tenant-a"), from("web/first"));
        assertThat(fork.state().toString()).isEqualTo("placed");

        scene.vm("db", "tenant-a", "running", 100);
        String kept = scene.made("db", null);
        String used = scene.made("db", null);
        scene.keeping.change("tenant-a", kept, new ChangeCheckpoint(true, null));
        assertThat(code(() -> scene.lifecycles.destroy(asked("tenant-a"), "db", true)))
                .isEqualTo("checkpoint_pinned");
        scene.keeping.change("tenant-a", kept, new ChangeCheckpoint(false, null));
        JobRow user = scene.creates.create(asked("tenant-a"), from(used));
        scene.lifecycles.destroy(asked("tenant-a"), "db", true);
        assertThat(scene.checkpoint(kept)).isEqualTo("removing");
        assertThat(scene.checkpoint(used)).as("in use").isEqualTo("complete");
        scene.end(user.id(), "succeeded");
        assertThat(scene.database.<List<String>>read(tx -> tx.removals().vmsToLookAt()))
                .containsExactly("vm-db");
        assertThat(scene.database.<List<String>>transaction(tx -> scene.policies.apply(tx, "vm-db")))
                .containsExactly(used);
    }

    @Test
    void aFullQuotaIsSaidBeforeAnythingIsPaused() throws SQLException {
        scene.made(null);
        scene.execute("UPDATE hosts SET checkpoint_bytes = 15");
        assertThat(code(() -> scene.made(null))).isEqualTo("checkpoint_quota");
        Problem problem = refused(() -> restore(null));
        assertThat(problem.code()).isEqualTo("checkpoint_quota");
        assertThat(problem.hint()).contains("--no-keep");
        scene.checkpointing.restore(asked("tenant-a"), "web", new RestoreVm(null, false));
    }

    private List<String> prune(CheckpointPolicy policy) {
        return scene.keeping.prune(asked("tenant-a"), "web", policy).removed().stream()
                .map(Checkpoint::id)
                .toList();
    }

    private String usage() {
        var usage = scene.database.read(tx -> tx.checkpointSpace()
                .usage("tenant-a", tx.checkpoints().vmMeant("tenant-a", "web").orElseThrow()));
        assertThat(usage.items()).allSatisfy(item -> assertThat(item.own()).isGreaterThanOrEqualTo(10));
        return usage.bytes() + " " + usage.apparent();
    }

    private JobRow restore(@Nullable String checkpoint) {
        return scene.checkpointing.restore(asked("tenant-a"), "web", new RestoreVm(checkpoint, null));
    }

    private static CreateVm from(String checkpoint) {
        return new CreateVm(null, null, null, null, null, checkpoint);
    }

    private List<Checkpoint> all() {
        return scene.database.<List<Checkpoint>>read(tx -> tx.checkpoints().list("tenant-a", "web", null, 10).stream()
                .map(row -> row.view())
                .toList());
    }

    private Checkpoint named(String name) {
        return scene.database
                .read(tx -> Naming.find(tx, "tenant-a", name, null))
                .view();
    }

    private static String code(org.assertj.core.api.ThrowableAssert.ThrowingCallable work) {
        return refused(work).code();
    }

    @Test
    void aForkNamesNoCheckpointThatIsNotThere() {
        assertThat(code(() -> scene.forks.fork(asked("tenant-a"), "web", new ForkVm("nope", 1, null, null))))
                .isEqualTo("checkpoint_not_found");
    }
}
