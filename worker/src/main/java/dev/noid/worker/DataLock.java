package dev.noid.worker;

import dev.noid.worker.host.OwnFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;

/// One worker per data directory. The system takes the lock back when the process dies, however it dies.
final class DataLock implements AutoCloseable {
    private final Path file;
    private final FileChannel channel;

    private DataLock(Path file, FileChannel channel) {
        this.file = file;
        this.channel = channel;
    }

    static DataLock take(Path data) {
        try {
            Files.createDirectories(data);
            Path file = data.resolve("worker.lock");
            FileChannel channel = OwnFile.open(file);
            FileLock lock = channel.tryLock();
            if (lock == null) {
                channel.close();
                throw new IllegalStateException("another worker runs on " + data);
            }
            return new DataLock(file, channel);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Shows whoever watches this worker that it goes on. Takes no room on the disk.
    void touch() {
        try {
            Files.setLastModifiedTime(file, FileTime.from(Instant.now()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
