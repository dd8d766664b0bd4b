package dev.noid.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.noid.schema.Json;
import dev.noid.worker.CrashPoint;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;

/// A VM that was checkpointed so often that its disk is a long chain of layers, which becomes short by itself.
class LongChainTest {
    private static final Duration SHORT_WITHIN = Duration.ofSeconds(60);
    private static final int CHECKPOINTS = 9;

    private static Stack stack;
    private static Path crashAt;

    @BeforeAll
    static void up() {
        stack = Stack.prepare("qemu", Vm.NO_POOL);
        crashAt = stack.directory().resolve("crash-at");
        stack.environment().put("NOID_CRASH_POINT", crashAt.toString());
        stack.start();
    }

    @AfterAll
    static void down() {
        stack.close();
    }

    /// Each with a file more than the one before it.
    private static List<String> checkpointed(Vm vm) {
        List<String> checkpoints = new ArrayList<>();
        for (int i = 1; i <= CHECKPOINTS; i++) {
            vm.sh("cd /srv; echo " + i + " > file-" + i + "; sync");
            checkpoints.add(vm.checkpoint("c" + i));
        }
        return checkpoints;
    }

    /// What a disk with the first so many files says, read from the disk.
    private static void assertHas(Vm vm, int files) {
        String expected = String.join(
                "", IntStream.rangeClosed(1, files).mapToObj(i -> i + "\n").toList());
        assertThat(vm.sh("cd /srv; echo 3 > /proc/sys/vm/drop_caches; cat file-*"))
                .isEqualTo(expected);
    }

    private static Path home(Vm vm) {
        return stack.data().resolve("vms").resolve(vm.get().path("id").asString());
    }

    private static void awaitShort(Vm vm, int most) {
        Path home = home(vm);
        await().atMost(SHORT_WITHIN).untilAsserted(() -> {
            JsonNode record = Json.records().readTree(home.resolve("vm.json").toFile());
            List<String> chain =
                    record.path("layers").valueStream().map(JsonNode::asString).toList();
            assertThat(chain).as(stack.logs()).hasSizeBetween(2, most);
            assertThat(List.of(Objects.requireNonNull(
                            home.resolve("layers").toFile().list())))
                    .containsExactlyInAnyOrderElementsOf(chain);
        });
    }

    private static void restarted(Vm vm) {
        for (String step : List.of("/stop", "/start")) {
            vm.ended(vm.http().post(vm.path() + step, "{}").json().path("id").asString(), "succeeded");
        }
    }

    private static void awaitOtherWorker(long before) {
        await().atMost(Duration.ofSeconds(30)).ignoreExceptions().until(() -> stack.pid("worker") != before);
    }

    @Test
    void the_chain_is_short_again_and_disk_and_checkpoints_are_what_they_were() {
        Vm vm = Vm.create(stack, "chain", 128);
        List<String> checkpoints = checkpointed(vm);
        long pid = vm.get().path("pid").asLong();
        awaitShort(vm, 2);
        assertThat(vm.get().path("pid").asLong()).isEqualTo(pid);
        assertHas(vm, CHECKPOINTS);

        long worker = stack.pid("worker");
        stack.kill("worker");
        awaitOtherWorker(worker);
        assertHas(vm, CHECKPOINTS);
        restarted(vm);
        assertHas(vm, CHECKPOINTS);

        vm.restore(checkpoints.get(2), false);
        assertHas(vm, 3);
        vm.restore(checkpoints.getLast(), false);
        assertHas(vm, CHECKPOINTS);
        awaitShort(vm, 2);
        assertHas(vm, CHECKPOINTS);
        vm.destroy(true);
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.MATCH_ANY, names = "^FLATTEN_.*")
    void a_worker_killed_there_leaves_a_vm_that_goes_on_and_can_be_kept_and_started(CrashPoint point)
            throws IOException {
        Vm vm = Vm.create(stack, point.name().toLowerCase(java.util.Locale.ROOT).replace('_', '-'), 128);
        checkpointed(vm);
        long worker = stack.pid("worker");
        Files.writeString(crashAt, point.name());
        await().atMost(SHORT_WITHIN).until(() -> !Files.exists(crashAt));
        awaitOtherWorker(worker);

        assertHas(vm, CHECKPOINTS);
        String after = vm.checkpoint("after");
        vm.sh("rm /srv/file-*; sync");
        restarted(vm);
        assertThat(vm.sh("ls /srv")).isEmpty();
        vm.restore(after, false);
        assertHas(vm, CHECKPOINTS);
        awaitShort(vm, 8); // those of the last checkpoint, when it was short already
        assertHas(vm, CHECKPOINTS);
        vm.destroy(true);
    }
}
