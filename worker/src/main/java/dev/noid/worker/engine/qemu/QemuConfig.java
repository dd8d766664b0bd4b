package dev.noid.worker.engine.qemu;

import dev.noid.worker.host.Walls;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// What the QEMU engine needs to know of its host.
///
/// @param qemu   the program, found on PATH unless absolute
/// @param data   root of this stack's files
/// @param memory directory on tmpfs for the memory of this stack's VMs
/// @param root   the worker is root and gives each VM a user of its own
/// @param walls  what parts a VMM from the rest of the host
public record QemuConfig(String qemu, String qemuImg, Path data, MemoryDirectory memory, boolean root, Walls walls) {
    /// @param tmpfs a directory on tmpfs that stacks share, such as `/dev/shm`
    public static QemuConfig of(Path data, Path tmpfs) throws IOException {
        boolean root = Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0);
        Path real = Files.createDirectories(data).toRealPath();
        return new QemuConfig(
                "qemu-system-x86_64", "qemu-img", real, MemoryDirectory.of(real, tmpfs), root, Walls.ofThisHost(root));
    }
}
