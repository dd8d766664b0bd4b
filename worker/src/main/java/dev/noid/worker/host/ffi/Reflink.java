package dev.noid.worker.host.ffi;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Set;

/// ioctl(2) with FICLONE: a file that shares another one's blocks until either is written, on btrfs and XFS.
public final class Reflink {
    private static final long FICLONE = 0x40049409L;

    /// EXDEV, EINVAL, ENOTTY, EOPNOTSUPP.
    private static final Set<Long> CANNOT = Set.of(-18L, -22L, -25L, -95L);

    private final NativeFiles files = new NativeFiles();

    /// Makes `to`, which is there and empty, one with the content of `from`. False where these two can't share, and
    /// then nothing is changed.
    public boolean copy(Path from, Path to) throws IOException {
        try (NativeFiles.Opened source = files.open(from, NativeFiles.O_RDONLY | NativeFiles.O_NOFOLLOW);
                NativeFiles.Opened target = files.open(to, NativeFiles.O_WRONLY | NativeFiles.O_NOFOLLOW)) {
            if (source.fd() < 0) {
                throw NativeFiles.failed("open", from, source.fd());
            }
            if (target.fd() < 0) {
                throw NativeFiles.failed("open", to, target.fd());
            }
            long answer = target.control(FICLONE, source.fd());
            if (answer < 0 && !CANNOT.contains(answer)) {
                throw NativeFiles.failed("clone to", to, answer);
            }
            return answer == 0;
        }
    }
}
