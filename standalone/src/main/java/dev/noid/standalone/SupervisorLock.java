package dev.noid.standalone;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import java.util.Set;

/// Held by the supervisor of a data directory while it lives; the kernel releases it however that ends, and its
/// children do not inherit it.
record SupervisorLock(FileChannel channel, FileLock lock) implements AutoCloseable {

    private static final Set<PosixFilePermission> OWNERS = PosixFilePermissions.fromString("rw-------");

    /// Empty when another supervisor has it.
    static Optional<SupervisorLock> take(Path file) throws IOException {
        // Another user who may open it may lock it, and so keep Noid from starting.
        FileChannel channel = FileChannel.open(
                file,
                Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE),
                PosixFilePermissions.asFileAttribute(OWNERS));
        Files.setPosixFilePermissions(file, OWNERS);
        try {
            FileLock lock = channel.tryLock();
            if (lock != null) {
                return Optional.of(new SupervisorLock(channel, lock));
            }
        } catch (OverlappingFileLockException _) {
            // By this very process; the same answer.
        }
        channel.close();
        return Optional.empty();
    }

    @Override
    public void close() throws IOException {
        lock.release();
        channel.close();
    }
}
