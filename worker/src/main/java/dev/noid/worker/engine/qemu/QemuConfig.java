package dev.noid.worker.engine.qemu;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/// What the QEMU engine needs to know of its host.
///
/// @param qemu   the program, found on PATH unless absolute
/// @param data   root of this stack's files
/// @param memory directory on tmpfs for the memory of this stack's VMs
/// @param root   the worker is root and gives each VM a user of its own
public record QemuConfig(String qemu, String qemuImg, Path data, Path memory, boolean root) {
    /// @param tmpfs a directory on tmpfs that stacks share, such as `/dev/shm`
    public static QemuConfig of(Path data, Path tmpfs) throws IOException {
        boolean root = Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0);
        Path real = Files.createDirectories(data).toRealPath();
        return new QemuConfig("qemu-system-x86_64", "qemu-img", real, tmpfs.resolve("noid-" + shortHash(real)), root);
    }

    /// Two stacks on one host have two data directories, and so never each other's memory.
    private static String shortHash(Path path) {
        try {
            MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
            byte[] hash = sha256.digest(path.toString().getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(hash, 0, 6);
        } catch (NoSuchAlgorithmException bug) {
            throw new IllegalStateException(bug);
        }
    }
}
