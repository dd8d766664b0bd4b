package dev.noid.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// Random steps, several families at once, against a model. Run one again with `-Dnoid.seed=`, a longer one with
/// `-Dnoid.steps=`.
class CheckpointModelTest {
    private static final long SEED = Long.getLong("noid.seed", System.nanoTime());

    @Test
    void random_steps_of_stub_vms_end_as_the_model_says() throws Exception {
        try (Stack stack = Stack.up("stub", Vm.NO_POOL)) {
            List<CheckpointFamily> families = run(stack, 8, Integer.getInteger("noid.steps", 3_000), 64);
            assertFilesAreOf(stack, families);
            families.forEach(CheckpointFamily::destroyAll);
            assertFilesAreOf(stack, List.of());
        }
    }

    @Test
    void random_steps_of_real_vms_end_as_the_model_says_and_cost_what_du_says() throws Exception {
        try (Stack stack = Stack.up("qemu", Vm.NO_POOL)) {
            List<CheckpointFamily> families = run(stack, 2, Integer.getInteger("noid.steps", 100), 128);
            assertFilesAreOf(stack, families);
            long told =
                    stack.http().get("/checkpoints/usage").json().path("bytes").asLong();
            long used = usedByInode(stack.data().resolve("checkpoints"));
            assertThat(told).isCloseTo(used, within(used / 20));
            assertThat(used).isPositive();
            families.forEach(CheckpointFamily::destroyAll);
            assertFilesAreOf(stack, List.of());
            assertThat(stack.http()
                            .get("/checkpoints/usage")
                            .json()
                            .path("bytes")
                            .asLong())
                    .isZero();
        }
    }

    private static List<CheckpointFamily> run(Stack stack, int count, int steps, int memoryMib) throws Exception {
        List<CheckpointFamily> families = IntStream.range(0, count)
                .mapToObj(i -> new CheckpointFamily(stack, "f" + i, memoryMib, SEED + i))
                .toList();
        List<Callable<Integer>> all = new ArrayList<>();
        for (CheckpointFamily family : families) {
            all.add(() -> {
                for (int step = 0; step < steps / count; step++) {
                    family.step();
                }
                family.assertAsModelled();
                return steps / count;
            });
        }
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (Future<Integer> done : threads.invokeAll(all)) {
                assertThat(done.get()).as("seed %s", SEED).isPositive();
            }
        } catch (java.util.concurrent.ExecutionException failed) {
            throw new AssertionError("with -Dnoid.seed=" + SEED, failed.getCause());
        }
        return families;
    }

    /// The host has the files of what is listed, and of nothing else.
    private static void assertFilesAreOf(Stack stack, List<CheckpointFamily> families) {
        Set<String> expected = new HashSet<>();
        families.forEach(family -> expected.addAll(family.checkpoints()));
        await().atMost(Duration.ofSeconds(20))
                // The worker may remove one while it is walked through.
                .ignoreExceptionsInstanceOf(UncheckedIOException.class)
                .untilAsserted(() -> assertThat(directories(stack.data().resolve("checkpoints")))
                        .isEqualTo(expected));
    }

    private static Set<String> directories(Path checkpoints) throws Exception {
        if (!Files.exists(checkpoints)) {
            return Set.of();
        }
        try (Stream<Path> files = Files.walk(checkpoints, 2)) {
            return files.filter(file -> checkpoints.relativize(file).getNameCount() == 2)
                    .map(file -> String.valueOf(file.getFileName()))
                    .collect(Collectors.toSet());
        }
    }

    /// Allocated bytes of files, each inode once.
    private static long usedByInode(Path root) {
        String found = Processes.run(
                        List.of("find", root.toString(), "-type", "f", "-printf", "%i %b\n"),
                        Map.of(),
                        new byte[0],
                        Duration.ofSeconds(20))
                .out();
        return found.lines()
                .distinct()
                .mapToLong(line -> 512 * Long.parseLong(line.substring(line.indexOf(' ') + 1)))
                .sum();
    }
}
