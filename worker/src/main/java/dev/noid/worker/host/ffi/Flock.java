package dev.noid.worker.host.ffi;

import java.io.IOException;
import java.nio.file.Path;

/// flock(2): the JDK's file locks are fcntl's, and those are not inherited by a process that is started.
public final class Flock {
    private static final int LOCK_EX = 2;
    private static final int LOCK_NB = 4;
    private static final int ENOENT = 2;
    private static final int EINTR = 4;
    private static final int EWOULDBLOCK = 11;

    private final NativeFiles files = new NativeFiles();

    /// Whether some process holds the lock of this file; one that is not there is held by nobody. Takes the lock for a
    /// moment when it is free, so nobody may be starting a holder at the same time.
    public boolean held(Path file) throws IOException {
        try (NativeFiles.Opened opened = files.open(file, NativeFiles.O_RDONLY)) {
            if (opened.fd() == -ENOENT) {
                return false;
            }
            if (opened.fd() < 0) {
                throw NativeFiles.failed("open", file, opened.fd());
            }
            while (true) {
                long answer = opened.lock(LOCK_EX | LOCK_NB);
                if (answer == -EINTR) {
                    continue;
                }
                if (answer < 0 && answer != -EWOULDBLOCK) {
                    throw NativeFiles.failed("flock", file, answer);
                }
                return answer < 0;
            }
        }
    }
}
