package dev.noid.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.noid.schema.Json;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/// Checkpoints on filesystems of several kinds, and on one that is full.
class CheckpointDiskTest {
    private static final int MOST_LAYERS = 64;

    @Test
    void a_full_disk_before_during_and_after_the_pause_fails_the_checkpoint_and_nothing_else() throws Exception {
        Stack stack = Stack.prepare("qemu", Vm.NO_POOL);
        Path crashAt = stack.directory().resolve("crash-at");
        stack.environment().put("NOID_CRASH_POINT", crashAt.toString());
        try (SmallDisk disk = SmallDisk.under(stack, "ext4", 1024);
                stack) {
            stack.start();
            Vm vm = Vm.create(stack, "web", 128);
            Counter counter = Counter.start(vm);
            String first = vm.checkpoint("first");
            assertThat(counter.add(5)).isEqualTo(5);
            long pid = vm.get().path("pid").asLong();

            disk.fillBut(20);
            refused(vm.submitCheckpoint(null), vm);
            assertThat(refused(vm.submitRestore(first, true), vm)
                            .at("/error/hint")
                            .asString())
                    .contains("no-keep");
            disk.free();
            for (String point : List.of("CHECKPOINT_AFTER_PAUSE", "CHECKPOINT_AFTER_RESUME")) {
                Files.writeString(crashAt, point + " hold");
                Http.Reply submitted = vm.submitCheckpoint(null);
                Path held = stack.directory().resolve("held-" + point.toLowerCase(Locale.ROOT));
                await().atMost(Duration.ofSeconds(20)).until(() -> Files.exists(held));
                disk.fillBut(0);
                Files.delete(held);
                vm.http().ended(submitted.json().path("id").asString(), Duration.ofSeconds(60));
                // A guest that wrote meanwhile stands still until there is room.
                disk.free();
                refused(submitted, vm);
            }
            assertThat(vm.get().path("pid").asLong()).isEqualTo(pid);
            assertThat(counter.add(1)).isEqualTo(6);
            assertThat(directories(stack, vm)).containsExactly(first);

            String second = vm.checkpoint("second");
            vm.restore(first, false);
            assertThat(counter.add(0)).isZero();
            vm.restore(second, false);
            assertThat(counter.add(0)).isEqualTo(6);
        }
    }

    /// The copy would need more room than there is, a checkpoint does not.
    @Test
    void without_room_to_make_a_long_chain_short_checkpoints_go_on_up_to_a_bound_that_says_the_way_out()
            throws Exception {
        Stack stack = Stack.prepare("qemu", Vm.NO_POOL);
        stack.environment().put("NOID_CHECKPOINT_SPACE", "2048");
        try (SmallDisk disk = SmallDisk.under(stack, "ext4", 2560);
                stack) {
            stack.start();
            Vm vm = Vm.create(stack, "web", 128);
            vm.sh("cd /srv; head -c 1048576 /dev/urandom > one; for i in $(seq 240); do cat one; done > big; sync");
            String last = "dd if=/srv/big bs=1M skip=239 2> /dev/null | md5sum";
            String sum = vm.sh(last);
            List<String> made = new ArrayList<>(List.of(vm.checkpoint(null)));
            long pid = vm.get().path("pid").asLong();
            JsonNode job = Json.records().nullNode();
            while (made.size() < MOST_LAYERS && !job.has("error")) {
                if (made.size() % 16 == 1) {
                    disk.free(); // what checkpoints took
                    disk.fillBut(700);
                }
                vm.sh("echo " + made.size() + " > /srv/number; sync");
                job = vm.http()
                        .ended(vm.submitCheckpoint(null).json().path("id").asString(), Duration.ofSeconds(60));
                made.add(job.at("/checkpoint/checkpoint").asString());
            }
            assertThat(job.at("/error/code").asString())
                    .as("%s\n%s", job, stack.logs())
                    .isEqualTo("disk_chain_too_long");
            assertThat(job.at("/error/message").asString()).contains(MOST_LAYERS + " layers", "MiB left");
            assertThat(job.at("/error/hint").asString()).contains("noid checkpoint prune");
            made.removeLast();
            assertThat(layers(stack, vm)).isEqualTo(MOST_LAYERS);
            assertThat(vm.get().path("pid").asLong()).isEqualTo(pid);

            Vm fork = vm.fork(made.getLast(), 1, "fork").getFirst();
            assertThat(layers(stack, fork)).isEqualTo(MOST_LAYERS);
            assertThat(fork.sh(last + "; cat /srv/number")).isEqualTo(sum + (made.size() - 1) + "\n");
            assertThat(vm.sh("cat /srv/number")).isEqualTo(made.size() + "\n");
            disk.free();
            for (Vm each : List.of(vm, fork)) {
                each.checkpoint(null);
                assertThat(layers(stack, each)).isEqualTo(3);
                assertThat(each.sh("echo 3 > /proc/sys/vm/drop_caches; " + last))
                        .isEqualTo(sum);
            }
        }
    }

    private static int layers(Stack stack, Vm vm) {
        Path record = stack.data()
                .resolve("vms")
                .resolve(vm.get().path("id").asString())
                .resolve("vm.json");
        return Json.records().readTree(record.toFile()).path("layers").size();
    }

    private static JsonNode refused(Http.Reply submitted, Vm vm) {
        JsonNode job = vm.ended(submitted.json().path("id").asString(), "failed");
        assertThat(job.at("/error/code").asString()).as(job.toString()).isEqualTo("disk_full");
        assertThat(vm.checkpoints().stream().map(one -> one.path("label").asString()))
                .containsExactly("first");
        assertThat(vm.sh("echo on")).isEqualTo("on\n");
        return job;
    }

    private static List<String> directories(Stack stack, Vm vm) throws Exception {
        Path all =
                stack.data().resolve("checkpoints").resolve(vm.get().path("id").asString());
        try (Stream<Path> files = Files.list(all)) {
            return files.map(file -> String.valueOf(file.getFileName())).toList();
        }
    }

    /// Not by reflinks: memory lies on tmpfs, from where nothing can be cloned. Layers are hard links everywhere.
    @ParameterizedTest
    @ValueSource(strings = {"btrfs", "xfs"})
    void on_another_filesystem_memory_and_disk_come_back(String type) throws Exception {
        Stack stack = Stack.prepare("qemu", Vm.NO_POOL);
        try (SmallDisk _ = SmallDisk.under(stack, type, 1536);
                stack) {
            stack.start();
            Vm vm = Vm.create(stack, "web", 128);
            Counter counter = Counter.start(vm);
            String first = vm.checkpoint(null);
            assertThat(counter.add(3)).isEqualTo(3);
            String second = vm.checkpoint(null);
            vm.restore(first, false);
            assertThat(counter.add(0)).isZero();
            vm.restore(second, false);
            assertThat(counter.add(0)).isEqualTo(3);
        }
    }
}
