package dev.noid.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;

/// A checkpoint that is not what was written is refused before anything stands still: the VM that was there is there.
class RestoreFailsTest {
    private static Stack stack;
    private static Vm vm;
    private static Counter counter;
    private static String other;
    private static int count;

    @BeforeAll
    static void up() {
        stack = Stack.up("qemu");
        vm = Vm.create(stack, "web", 128);
        counter = Counter.start(vm);
        other = vm.checkpoint("other");
    }

    @AfterAll
    static void down() {
        stack.close();
    }

    enum Damage {
        FLIPPED_BYTE_OF_MEMORY,
        FLIPPED_BYTE_OF_STATE,
        FLIPPED_BYTE_OF_DISK,
        FLIPPED_NUMBER_OF_A_PAGE,
        FLIPPED_FOOTER_OF_MEMORY,
        TRUNCATED_MEMORY,
        MISSING_BASE_OF_MEMORY,
        TRUNCATED_STATE,
        TRUNCATED_MANIFEST,
        MISSING_DISK,
        SWAPPED_MEMORY,
        SWAPPED_STATE;

        void to(Path checkpoint) throws IOException {
            switch (this) {
                case FLIPPED_BYTE_OF_MEMORY -> flip(memory(checkpoint).getLast(), 1);
                case FLIPPED_NUMBER_OF_A_PAGE ->
                    flipFromTheEnd(memory(checkpoint).getLast(), 33);
                case FLIPPED_FOOTER_OF_MEMORY ->
                    flipFromTheEnd(memory(checkpoint).getLast(), 7);
                case FLIPPED_BYTE_OF_STATE -> flip(checkpoint.resolve("state"), 1_000);
                case FLIPPED_BYTE_OF_DISK -> flip(layer(checkpoint), 70_000);
                case TRUNCATED_MEMORY -> truncate(memory(checkpoint).getLast());
                case MISSING_BASE_OF_MEMORY -> Files.delete(memory(checkpoint).getFirst());
                case TRUNCATED_STATE -> truncate(checkpoint.resolve("state"));
                case TRUNCATED_MANIFEST -> truncate(checkpoint.resolve("manifest.json"));
                case MISSING_DISK -> Files.delete(layer(checkpoint));
                case SWAPPED_MEMORY ->
                    swap(
                            memory(checkpoint).getLast(),
                            memory(checkpoint.resolveSibling(other)).getLast());
                case SWAPPED_STATE ->
                    swap(
                            checkpoint.resolve("state"),
                            checkpoint.resolveSibling(other).resolve("state"));
            }
        }

        private static void swap(Path file, Path by) throws IOException {
            replace(file, Files.readAllBytes(by));
        }

        /// Lowest first: their names sort by when they were made.
        private static List<Path> memory(Path checkpoint) throws IOException {
            try (Stream<Path> files = Files.list(checkpoint.resolve("mem"))) {
                List<Path> parts = files.sorted().toList();
                assertThat(parts).as("upon a template or another checkpoint").hasSizeGreaterThan(1);
                return parts;
            }
        }

        private static void flipFromTheEnd(Path file, int bytes) throws IOException {
            flip(file, Files.size(file) - bytes);
        }

        private static Path layer(Path checkpoint) throws IOException {
            try (Stream<Path> layers = Files.list(checkpoint.resolve("disk"))) {
                return layers.filter(layer -> layer.toString().endsWith(".qcow2"))
                        .findFirst()
                        .orElseThrow();
            }
        }

        private static void flip(Path file, long at) throws IOException {
            byte[] bytes = Files.readAllBytes(file);
            bytes[(int) Math.min(at, bytes.length - 1)] ^= 1;
            replace(file, bytes);
        }

        private static void truncate(Path file) throws IOException {
            byte[] bytes = Files.readAllBytes(file);
            replace(file, Arrays.copyOf(bytes, bytes.length / 2));
        }

        /// A new file in its place: the old one may be linked elsewhere.
        private static void replace(Path file, byte[] bytes) throws IOException {
            Files.delete(file);
            try (FileChannel channel =
                    FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
                channel.write(ByteBuffer.wrap(bytes));
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Damage.class)
    void of_a_damaged_checkpoint_leaves_the_vm_as_it_was(Damage damage) throws IOException {
        String checkpoint = vm.checkpoint(null);
        damage.to(stack.data()
                .resolve("checkpoints")
                .resolve(vm.get().path("id").asString())
                .resolve(checkpoint));
        count = counter.add(3);
        long pid = vm.get().path("pid").asLong();
        long generation = vm.get().path("generation").asLong();
        List<String> listed = listed();

        JsonNode job =
                vm.ended(vm.submitRestore(checkpoint, true).json().path("id").asString(), "failed");

        assertThat(job.at("/error/code").asString()).as(job.toString()).contains("checkpoint");
        assertThat(job.at("/error/message").asString()).isNotBlank().doesNotContain("Exception");
        assertThat(vm.get().path("pid").asLong()).isEqualTo(pid);
        assertThat(vm.get().path("generation").asLong()).isEqualTo(generation);
        assertThat(vm.get().path("observed").asString()).isEqualTo("running");
        assertThat(counter.add(0)).isEqualTo(count);
        assertThat(listed()).isEqualTo(listed);
        vm.restore(other, false);
        assertThat(counter.add(0)).isZero();
    }

    private static List<String> listed() {
        return vm.checkpoints().stream().map(one -> one.path("id").asString()).toList();
    }
}
