package dev.noid.worker.engine.qemu;

import dev.noid.worker.host.SparseFiles;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;

/// How much memory the VMs of one stack can really have. Their files are sparse, so what a VM was promised takes room
/// only when its guest touches it, and others use the same tmpfs and the same machine meanwhile.
///
/// Another stack's promises can't be seen, only what its guests have touched: two stacks on one tmpfs need settings
/// that fit together.
final class MemoryRoom {
    private static final Path MACHINE = Path.of("/proc/meminfo");
    private static final String AVAILABLE = "MemAvailable:";

    private final MemoryDirectory directory;
    private final SparseFiles sparse;

    MemoryRoom(MemoryDirectory directory, SparseFiles sparse) {
        this.directory = directory;
        this.sparse = sparse;
    }

    /// Bytes that nobody has touched or written, of the tmpfs or of the machine, whichever has less.
    long left() throws IOException {
        long ofTmpfs = Files.getFileStore(directory.tmpfs()).getUsableSpace();
        return Math.min(ofTmpfs, available());
    }

    /// Bytes that this stack's VMs may have together: what they have touched, and what is left.
    long together() throws IOException {
        return Math.addExact(promises().touched(), left());
    }

    /// Bytes that one more VM may be promised.
    long unpromised() throws IOException {
        Promises promises = promises();
        return left() - (promises.size() - promises.touched());
    }

    /// @param size    bytes, of all files
    /// @param touched bytes that take room already
    private record Promises(long size, long touched) {}

    private Promises promises() throws IOException {
        Path below = directory.path();
        if (!Files.isDirectory(below)) {
            return new Promises(0, 0);
        }
        long size = 0;
        long touched = 0;
        try (DirectoryStream<Path> files = Files.newDirectoryStream(below)) {
            for (Path file : files) {
                try {
                    long has = sparse.allocated(file);
                    size += Math.max(Files.size(file), has);
                    touched += has;
                } catch (IOException failed) {
                    if (Files.exists(file)) {
                        throw failed;
                    } // Else its VM ended just now.
                }
            }
        }
        return new Promises(size, touched);
    }

    /// Linux, proc_meminfo(5): what can be had without swapping.
    private static long available() throws IOException {
        for (String line : Files.readAllLines(MACHINE)) {
            if (line.startsWith(AVAILABLE)) {
                return Long.parseLong(line.replaceAll("[^0-9]", "")) << 10;
            }
        }
        return Long.MAX_VALUE;
    }
}
