package dev.noid.standalone;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;

/// Held by the supervisor of a data directory while it lives; the kernel releases it however that ends, and its
/// children do not inherit it.
record SupervisorLock(FileChannel channel, FileLock lock) implements AutoCloseable {

    /// Empty when another supervisor has it.
    static Optional<SupervisorLock> take(Path file) throws IOException {
        FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
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
