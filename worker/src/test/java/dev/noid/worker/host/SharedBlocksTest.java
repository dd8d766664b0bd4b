package dev.noid.worker.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class SharedBlocksTest {
    private static final int BYTES = 64 << 20;

    @TempDir
    Path directory;

    private final SparseFiles sparse = new SparseFiles();

    private static byte[] random() {
        byte[] bytes = new byte[BYTES];
        new Random(9).nextBytes(bytes);
        return bytes;
    }

    @ParameterizedTest
    @ValueSource(strings = {"btrfs", "xfs"})
    void aCloneTakesNoRoomAndIsAFileOfItsOwn(String type) throws Exception {
        Path mount = Files.createDirectory(directory.resolve(type));
        try (LoopDisk disk = LoopDisk.mounted(type, mount)) {
            byte[] content = random();
            Path from = Files.write(mount.resolve("from"), content);
            try (RandomAccessFile holes = new RandomAccessFile(from.toFile(), "rw")) {
                holes.setLength(4L * BYTES);
            }
            long before = disk.used();
            Path to = Files.createFile(mount.resolve("to"));
            assertThat(sparse.share(from, to)).isTrue();
            assertThat(disk.used() - before).isLessThan(BYTES / 8);
            assertThat(Files.mismatch(from, to)).isEqualTo(-1);

            content[BYTES / 2]++;
            Files.write(from, content);
            content[BYTES / 2]--;
            try (var in = Files.newInputStream(to)) {
                assertThat(in.readNBytes(BYTES)).isEqualTo(content);
            }

            Path elsewhere = Files.createFile(directory.resolve("elsewhere"));
            assertThat(sparse.share(from, elsewhere)).isFalse();
            assertThat(elsewhere).isEmptyFile();
        }
    }

    @Test
    void fromTmpfsNothingIsSharedAndNothingIsChanged() throws Exception {
        Path from = Files.createTempFile(Path.of("/dev/shm"), "noid-share-", "");
        try {
            Files.writeString(from, "content");
            Path to = Files.createFile(directory.resolve("to"));
            assertThat(sparse.share(from, to)).isFalse();
            assertThat(to).isEmptyFile();
            assertThatThrownBy(() -> sparse.share(directory.resolve("none"), to))
                    .isInstanceOf(IOException.class);
        } finally {
            Files.delete(from);
        }
    }
}
