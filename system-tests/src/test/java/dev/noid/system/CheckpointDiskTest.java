package dev.noid.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/// Checkpoints on filesystems of several kinds, and on one that is full.
class CheckpointDiskTest {
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
