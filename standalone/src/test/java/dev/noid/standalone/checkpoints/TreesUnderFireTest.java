package dev.noid.standalone.checkpoints;

import static dev.noid.standalone.checkpoints.Scene.asked;
import static org.assertj.core.api.Assertions.assertThat;

import dev.noid.gateway.store.DatabaseUnavailable;
import dev.noid.gateway.submit.Refused;
import dev.noid.schema.api.CheckpointPolicy;
import dev.noid.schema.api.CreateCheckpoint;
import dev.noid.schema.api.ForkVm;
import dev.noid.schema.api.RestoreVm;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/// Several gateways remove, prune, fork and restore in the same trees while a worker goes on making checkpoints.
class TreesUnderFireTest {
    private static final int STEPS = 60;

    @Test
    void noParentDanglesAndNothingInUseGoes() throws Exception {
        try (Scene scene = new Scene()) {
            scene.begin();
            List<String> ids = new ArrayList<>();
            for (int i = 0; i < 30; i++) {
                ids.add(scene.made(null));
            }
            try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
                List<Future<Integer>> running = new ArrayList<>();
                for (int gateway = 0; gateway < 3; gateway++) {
                    Random random = new Random(gateway);
                    running.add(threads.submit(() -> gateway(scene, ids, random)));
                }
                running.add(threads.submit(worker(scene)));
                for (Future<Integer> one : running) {
                    assertThat(one.get()).isEqualTo(STEPS);
                }
            }
            assertThat(scene.text("""
                    SELECT count(*) FROM checkpoints c JOIN checkpoints p ON p.id = c.parent_id
                    WHERE c.state IN ('pending', 'complete') AND p.state <> 'complete'
                    """)).as("dangling parents").isEqualTo("0");
            assertThat(scene.text("""
                    SELECT count(*) FROM vms v JOIN checkpoints c ON c.id = v.checkpoint_id WHERE c.state <> 'complete'
                    """)).as("VMs in a tree that is gone").isEqualTo("0");
            assertThat(scene.text("""
                    SELECT count(*) FROM jobs j JOIN checkpoints c ON c.id = j.spec ->> 'checkpoint'
                    WHERE j.kind IN ('create', 'restore') AND c.state NOT IN ('complete', 'pending')
                    AND j.state IN ('queued', 'placed', 'running', 'cancelling')
                    """)).as("jobs without their checkpoint").isEqualTo("0");
            assertThat(scene.text("SELECT count(*) FROM checkpoints WHERE state = 'removing'"))
                    .isNotEqualTo("0");
        }
    }

    private static int gateway(Scene scene, List<String> ids, Random random) {
        int done = 0;
        for (; done < STEPS; done++) {
            String one = ids.get(random.nextInt(ids.size()));
            try {
                switch (random.nextInt(6)) {
                    case 0 -> scene.keeping.remove("tenant-a", one);
                    case 1 ->
                        scene.keeping.prune(
                                asked("tenant-a"),
                                "web",
                                new CheckpointPolicy(5 + random.nextInt(25), null, null, null));
                    case 2 -> scene.forks.fork(asked("tenant-a"), "web", new ForkVm(one, 2, null, null));
                    case 3 -> {
                        var job = scene.checkpointing.restore(asked("tenant-a"), "web", new RestoreVm(one, null));
                        scene.cancels.cancel(asked("tenant-a"), job.id());
                    }
                    default -> scene.checkpointing.create(asked("tenant-a"), "web", new CreateCheckpoint(null, null));
                }
                scene.decide("vm-web");
            } catch (Refused _) {
                // What it wanted was gone, or in use.
            } catch (DatabaseUnavailable e) {
                throw new AssertionError("a lock was waited for too long", e);
            }
        }
        return done;
    }

    /// Ends whatever is placed of the VM: checkpoints are made, the rest is given up.
    private static Callable<Integer> worker(Scene scene) {
        return () -> {
            int done = 0;
            for (; done < STEPS; done++) {
                for (String job : scene.placed("vm-web")) {
                    scene.work(job);
                }
                scene.decide("vm-web");
            }
            return done;
        };
    }
}
