package dev.noid.worker.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.noid.schema.Deadline;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SparseFilesTest {
    private static final int MIB = 1 << 20;

    @TempDir
    Path directory;

    private final SparseFiles sparse = new SparseFiles();

    private static Deadline soon() {
        return Deadline.after(Duration.ofSeconds(30));
    }

    private Path file(String name, byte[] content, boolean holes) throws IOException {
        Path file = directory.resolve(name);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            for (int at = 0; at < content.length; at += 512) {
                ByteBuffer some = ByteBuffer.wrap(content, at, Math.min(512, content.length - at));
                if (!holes || some.mismatch(ByteBuffer.allocate(some.remaining())) >= 0) {
                    channel.write(some, at);
                }
            }
            if (holes) {
                channel.write(ByteBuffer.wrap(content, content.length - 1, 1), content.length - 1L);
            }
        }
        return file;
    }

    @Test
    void aCopyIsTheSameAndItsSumDoesNotDependOnWhereTheHolesAre() throws Exception {
        Random random = new Random(7);
        for (int size : new int[] {1, 511, 4096, 4097, 300_000, 3 * MIB, 5 * MIB + 77}) {
            byte[] content = new byte[size];
            byte[] some = new byte[700];
            for (int i = 0; i < size / 9000; i++) {
                random.nextBytes(some);
                int at = random.nextInt(size);
                System.arraycopy(some, 0, content, at, Math.min(some.length, size - at));
            }
            Path full = file("full", content, false);
            Path holes = file("holes", content, true);
            Path copy = directory.resolve("copy");
            String sum;
            try (FileChannel to = FileChannel.open(copy, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
                sum = sparse.copyAndSum(List.of(holes), to, soon());
            }
            assertThat(Files.readAllBytes(copy)).isEqualTo(content);
            assertThat(sum).startsWith(size + ":");
            for (Path same : new Path[] {full, holes, copy}) {
                assertThat(sparse.sum(List.of(same), soon())).isEqualTo(sum);
            }
            content[size / 2] ^= 1;
            Files.write(full, content);
            assertThat(sparse.sum(List.of(full), soon())).isNotEqualTo(sum);
            for (Path done : new Path[] {full, holes, copy}) {
                Files.delete(done);
            }
        }
    }

    @Test
    void aHoleOfAGibibyteTakesNoRoomInTheCopy() throws Exception {
        Path file = directory.resolve("hole");
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.wrap(new byte[] {1}), 1024L * MIB);
        }
        Path copy = directory.resolve("copy");
        try (FileChannel to = FileChannel.open(copy, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            sparse.copy(file, to, soon());
        }
        assertThat(Files.size(copy)).isEqualTo(1024L * MIB + 1);
        assertThat(sparse.allocated(copy)).isLessThan(MIB);
    }

    @Test
    void whatTakesTooLongIsGivenUp() throws Exception {
        Path file = file("full", new byte[3 * MIB], false);
        assertThatThrownBy(() -> sparse.sum(List.of(file), Deadline.after(Duration.ZERO)))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("the time was over");
    }
}
