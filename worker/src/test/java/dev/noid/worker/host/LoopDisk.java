package dev.noid.worker.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Assumptions;

/// A filesystem of some kind, in a file.
public final class LoopDisk implements AutoCloseable {
    private static final int MIB = 768;

    private final Path mount;
    private final Path image;

    private LoopDisk(Path mount, Path image) {
        this.mount = mount;
        this.image = image;
    }

    /// Skips the test, with the reason, where it can't be mounted.
    ///
    /// @param type  `xfs` or `btrfs`
    /// @param mount an empty directory
    public static LoopDisk mounted(String type, Path mount) throws IOException {
        Assumptions.assumeTrue(
                Files.isExecutable(Path.of("/usr/sbin/mkfs." + type)), "mkfs." + type + " is not installed");
        Assumptions.assumeTrue(
                "root".equals(System.getProperty("user.name")), "only root can mount a filesystem of type " + type);
        Path image = Files.createTempFile("noid-disk-", ".img");
        run(List.of("truncate", "-s", MIB + "M", image.toString()), true);
        run(List.of("/usr/sbin/mkfs." + type, "-q", image.toString()), true);
        boolean mounts = run(List.of("mount", "-o", "loop", image.toString(), mount.toString()), false);
        if (!mounts) {
            Files.delete(image);
        }
        Assumptions.assumeTrue(mounts, "this machine mounts no " + type);
        return new LoopDisk(mount, image);
    }

    /// Bytes that are taken, once all is written.
    public long used() throws IOException {
        run(List.of("sync", "-f", mount.toString()), true);
        return Files.getFileStore(mount).getTotalSpace()
                - Files.getFileStore(mount).getUsableSpace();
    }

    private static boolean run(List<String> command, boolean must) throws IOException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        boolean done = process.onExit().join().exitValue() == 0;
        assertThat(done || !must).as("%s: %s", command, said).isTrue();
        return done;
    }

    @Override
    public void close() throws IOException {
        run(List.of("umount", mount.toString()), true);
        Files.delete(image);
    }
}
