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
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;

/// A VM that was checkpointed so often that its disk is a long chain of layers, which becomes short by itself: when
/// nobody checkpoints for a while, or else before it would have more layers than a chain may have.
class LongChainTest {
    private static final Duration SHORT_WITHIN = Duration.ofSeconds(60);
    private static final int CHECKPOINTS = 9;
    private static final int BOUND = 32;
    /// Without any rest: more than there can be layers.
    private static final int MADE = BOUND + 6;

    private static Stack stack;
    private static Path crashAt;

    /// Of a VM that is gone: with one layer more, as each VM of it has, it is as long as may be.
    private static @Nullable String longest;

    private static int longestHas;
    private static int forks;

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
            add(vm, i);
            checkpoints.add(vm.checkpoint("c" + i));
        }
        return checkpoints;
    }

    private static void add(Vm vm, int file) {
        vm.sh("cd /srv; echo %d > file-%02d; sync".formatted(file, file));
    }

    /// A VM whose chain is as long as may be, with so many files as [#longestHas] says.
    private static Vm longestOne() {
        if (longest == null) {
            Vm vm = Vm.create(stack, "source", 128);
            vm.sh("head -c 8388608 /dev/urandom > /srv/much; sync");
            while (layers(vm).size() < BOUND) {
                add(vm, ++longestHas);
                longest = vm.checkpoint("c" + longestHas);
            }
            vm.destroy(false);
        }
        Vm fork = new Vm(stack, stack.http(), "fork-" + ++forks);
        JsonNode job = fork.ended(
                stack.http()
                        .post("/vms", "{\"name\":\"" + fork.name() + "\",\"checkpoint\":\"" + longest + "\"}")
                        .json()
                        .path("id")
                        .asString(),
                "succeeded");
        assertThat(layers(fork)).as(job.toString()).hasSize(BOUND);
        return fork;
    }

    private static List<String> layers(Vm vm) {
        JsonNode record = Json.records().readTree(home(vm).resolve("vm.json").toFile());
        return record.path("layers").valueStream().map(JsonNode::asString).toList();
    }

    private static int saved(Vm vm, String checkpoint) {
        Path disk = stack.data()
                .resolve("checkpoints")
                .resolve(vm.get().path("id").asString())
                .resolve(checkpoint)
                .resolve("disk");
        return Objects.requireNonNull(disk.toFile().list()).length;
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
            List<String> chain = layers(vm);
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

    private static void crashAt(CrashPoint point) throws IOException {
        // Of another test.
        Files.deleteIfExists(crashAt.resolveSibling("crashed-" + point.name().toLowerCase(Locale.ROOT)));
        Files.writeString(crashAt, point.name());
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

    @Test
    void more_checkpoints_than_a_chain_may_have_layers_without_any_rest() {
        Vm vm = Vm.create(stack, "bound", 128);
        List<String> checkpoints = new ArrayList<>();
        int made = 0;
        for (int i = 1; i <= MADE; i++) {
            add(vm, i);
            int before = layers(vm).size();
            JsonNode job =
                    vm.ended(vm.submitCheckpoint("c" + i).json().path("id").asString(), "succeeded");
            checkpoints.add(job.at("/checkpoint/checkpoint").asString());
            // Two of them, and the one that comes on top; not by the copying at leisure, which takes 10 s of rest.
            boolean shortened = before == BOUND && layers(vm).size() == 3;
            made += shortened ? 1 : 0;
            assertThat(job.path("timing").has("flatten")).as(job.toString()).isEqualTo(shortened);
            assertThat(layers(vm)).hasSizeLessThanOrEqualTo(BOUND);
            assertThat(saved(vm, checkpoints.getLast())).isLessThan(BOUND);
        }
        assertThat(made).as(stack.logs()).isPositive();
        assertHas(vm, MADE);
        for (int i : new int[] {BOUND - 1, BOUND, BOUND + 1, MADE}) {
            vm.restore(checkpoints.get(i - 1), false);
            assertThat(layers(vm)).hasSizeLessThanOrEqualTo(BOUND);
            assertHas(vm, i);
        }
        // What a restore keeps is a checkpoint too, but its VM ends: nothing is copied for it.
        int most = BOUND - 3;
        vm.restore(checkpoints.get(most - 1), false);
        assertThat(layers(vm)).hasSize(BOUND);
        add(vm, most + 1);
        JsonNode job = vm.restore(checkpoints.getFirst(), true);
        assertThat(job.path("timing").has("flatten")).as(job.toString()).isFalse();
        assertHas(vm, 1);
        String kept = job.at("/checkpoint/checkpoint").asString();
        vm.restore(kept, false);
        assertHas(vm, most + 1);
        assertThat(layers(vm)).hasSize(BOUND + 1);
        vm.ended(vm.submitCheckpoint("last").json().path("id").asString(), "succeeded");
        assertThat(layers(vm)).hasSize(3);
        assertHas(vm, most + 1);
        vm.destroy(true);
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.MATCH_ANY, names = "^FLATTEN_.*")
    void a_worker_killed_there_before_a_checkpoint_makes_it_when_it_is_back(CrashPoint point) throws IOException {
        Vm vm = longestOne();
        add(vm, longestHas + 1);
        long worker = stack.pid("worker");
        crashAt(point);
        String job = vm.submitCheckpoint("after").json().path("id").asString();
        await().atMost(SHORT_WITHIN).until(() -> !Files.exists(crashAt));
        awaitOtherWorker(worker);

        JsonNode ended = vm.ended(job, "succeeded");
        assertThat(layers(vm)).hasSize(3);
        assertHas(vm, longestHas + 1);
        vm.sh("rm /srv/file-*; sync");
        vm.restore(ended.at("/checkpoint/checkpoint").asString(), false);
        assertHas(vm, longestHas + 1);
        vm.destroy(true);
    }

    /// Runs `meanwhile` when the copying before a checkpoint has begun.
    ///
    /// @param meanwhile hears the checkpoint's job
    private static String held(Vm vm, Consumer<String> meanwhile) throws IOException {
        Path held = stack.directory().resolve("held-flatten_after_begin");
        Files.writeString(crashAt, CrashPoint.FLATTEN_AFTER_BEGIN + " hold");
        String job = vm.submitCheckpoint("held").json().path("id").asString();
        await().atMost(SHORT_WITHIN).until(() -> Files.exists(held));
        meanwhile.accept(job);
        Files.delete(held);
        return job;
    }

    @Test
    void a_checkpoint_that_is_cancelled_meanwhile_ends_and_the_vm_goes_on() throws IOException {
        Vm vm = longestOne();
        long pid = vm.get().path("pid").asLong();
        String job = held(vm, it -> {
            vm.http().post("/jobs/" + it + "/cancel", "{}");
            vm.sh("echo the worker has it, for it takes what it is told in order");
        });
        vm.ended(job, "cancelled");
        assertThat(vm.get().path("pid").asLong()).isEqualTo(pid);
        assertThat(vm.checkpoints()).isEmpty();
        assertHas(vm, longestHas);

        vm.checkpoint("again");
        assertThat(layers(vm)).hasSize(3);
        assertHas(vm, longestHas);
        vm.destroy(true);
    }

    @Test
    void a_vmm_that_dies_meanwhile_is_a_vm_that_failed_and_can_be_started() throws IOException {
        Vm vm = longestOne();
        String job = held(vm, _ -> Processes.signal("KILL", vm.get().path("pid").asLong()));
        vm.ended(job, "failed");
        await().until(() -> vm.get().path("observed").asString().equals("failed"));
        assertThat(vm.checkpoints()).isEmpty();

        vm.ended(vm.http().post(vm.path() + "/start", "{}").json().path("id").asString(), "succeeded");
        assertHas(vm, longestHas);
        vm.checkpoint("again");
        assertThat(layers(vm)).hasSize(3);
        vm.destroy(true);
    }

    @Test
    void a_destroy_meanwhile_waits_for_no_copy() throws IOException {
        Vm vm = longestOne();
        Vm other = longestOne();
        Path home = home(vm);
        AtomicReference<String> destroy = new AtomicReference<>("");
        String job = held(vm, _ -> {
            destroy.set(vm.http().delete(vm.path()).json().path("id").asString());
            other.sh("echo the worker has it");
        });
        vm.ended(job, "cancelled");
        vm.ended(destroy.get(), "succeeded");
        assertThat(home).doesNotExist();
        other.destroy(true);
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.MATCH_ANY, names = "^FLATTEN_.*")
    void a_worker_killed_there_leaves_a_vm_that_goes_on_and_can_be_kept_and_started(CrashPoint point)
            throws IOException {
        Vm vm = Vm.create(stack, point.name().toLowerCase(Locale.ROOT).replace('_', '-'), 128);
        checkpointed(vm);
        long worker = stack.pid("worker");
        crashAt(point);
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
