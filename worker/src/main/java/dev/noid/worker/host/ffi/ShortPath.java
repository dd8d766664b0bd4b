package dev.noid.worker.host.ffi;

import java.io.IOException;
import java.nio.file.Path;

/// A name for a file that is short however long its path is: the kernel takes at most 107 bytes for a Unix socket's
/// (unix(7)), and a data directory may lie deeper. It goes through a descriptor of the file's directory, so it holds
/// only in this process and until it is closed. Used by one thread.
public final class ShortPath implements AutoCloseable {
    private static final NativeFiles FILES = new NativeFiles();

    private final NativeFiles.Opened directory;
    private final Path path;

    /// @param file need not be there; its directory has to
    public ShortPath(Path file) throws IOException {
        Path parent = file.toAbsolutePath().getParent();
        Path name = file.getFileName();
        if (parent == null || name == null) {
            throw new IllegalArgumentException(file + " names no file");
        }
        directory = FILES.open(parent, NativeFiles.O_PATH | NativeFiles.O_DIRECTORY);
        if (directory.fd() < 0) {
            int answer = directory.fd();
            directory.close();
            throw NativeFiles.failed("open", parent, answer);
        }
        path = Path.of("/proc/self/fd", Integer.toString(directory.fd()), name.toString());
    }

    public Path path() {
        return path;
    }

    @Override
    public void close() {
        directory.close();
    }
}
