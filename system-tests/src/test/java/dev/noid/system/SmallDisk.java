package dev.noid.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Assumptions;

/// A stack's data directory on a filesystem of its own, of any kind, that can be filled. What broker, database and
/// supervisor write stays outside of it.
final class SmallDisk implements AutoCloseable {
    private static final List<String> OUTSIDE = List.of("postgres", "broker", "logs", "run");
    private static final int BLOCK = 1 << 20;

    /// So few that even an empty file has no room on a disk that is full.
    private static final int FILES = 4096;

    private final Path mount;
    private final Deque<Path> mounted = new ArrayDeque<>();

    private SmallDisk(Path mount) {
        this.mount = mount;
    }

    /// Skips the test, with the reason, where a filesystem can't be mounted.
    ///
    /// @param type `ext4`, `xfs` or `btrfs`
    static SmallDisk under(Stack prepared, String type, int mib) throws IOException {
        Assumptions.assumeTrue(
                Files.isExecutable(Path.of("/usr/sbin/mkfs." + type)), "mkfs." + type + " is not installed");
        Assumptions.assumeTrue(
                "root".equals(System.getProperty("user.name")), "only root can mount a filesystem of type " + type);
        Path image = prepared.directory().resolve("disk.img");
        run("truncate", "-s", mib + "M", image.toString());
        List<String> mkfs = new ArrayList<>(List.of("/usr/sbin/mkfs." + type, "-q"));
        if (type.equals("ext4")) {
            mkfs.addAll(List.of("-m", "0", "-N", Integer.toString(FILES)));
        }
        mkfs.add(image.toString());
        run(mkfs.toArray(String[]::new));
        SmallDisk disk = new SmallDisk(Files.createDirectories(prepared.data()));
        Stack.Finished tried = tried("mount", "-o", "loop", image.toString(), disk.mount.toString());
        Assumptions.assumeTrue(tried.exitCode() == 0, "this machine mounts no " + type + ": " + tried.err());
        disk.mounted.push(disk.mount);
        // Says to `noid up` that this directory is its own though it is not empty.
        Files.writeString(disk.mount.resolve("version"), "1\n");
        for (String name : OUTSIDE) {
            Path inside = Files.createDirectories(disk.mount.resolve(name));
            Path outside = Files.createDirectories(prepared.directory().resolve("outside/" + name));
            run("mount", "--bind", outside.toString(), inside.toString());
            disk.mounted.push(inside);
        }
        run("chmod", "-R", "a+x", prepared.directory().resolve("outside").toString());
        return disk;
    }

    /// Takes all room but so many MiB.
    void fillBut(int mib) throws IOException {
        long left = Files.getFileStore(mount).getUsableSpace() - (long) mib * BLOCK;
        byte[] block = new byte[BLOCK];
        try (OutputStream out = Files.newOutputStream(filler())) {
            for (long written = 0; written < left; written += BLOCK) {
                out.write(block);
            }
        } catch (IOException full) {
            assertThat(mib).as("%s", full).isZero();
        }
        if (mib == 0) {
            fillFiles();
        }
    }

    private void fillFiles() throws IOException {
        Path empty = Files.createDirectories(mount.resolve("empty"));
        try {
            for (int i = 0; i < FILES; i++) {
                Files.createFile(empty.resolve(Integer.toString(i)));
            }
        } catch (IOException full) {
            assertThat(full).hasMessageContaining("No space left");
        }
    }

    void free() throws IOException {
        Files.deleteIfExists(filler());
        Path empty = mount.resolve("empty");
        if (Files.exists(empty)) {
            Processes.deleteRecursively(empty);
        }
    }

    private Path filler() {
        return mount.resolve("filler");
    }

    private static void run(String... command) {
        Stack.Finished finished = tried(command);
        assertThat(finished.exitCode()).as("%s: %s", List.of(command), finished).isZero();
    }

    private static Stack.Finished tried(String... command) {
        return Processes.run(List.of(command), Map.of(), new byte[0], Duration.ofSeconds(30));
    }

    @Override
    public void close() {
        while (!mounted.isEmpty()) {
            run("umount", mounted.pop().toString());
        }
        Path directory = mount.getParent();
        if (directory != null && Files.exists(directory)) {
            Processes.deleteRecursively(directory);
        }
    }
}
