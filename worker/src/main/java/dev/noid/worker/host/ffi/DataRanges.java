package dev.noid.worker.host.ffi;

import java.io.IOException;
import java.nio.file.Path;

/// Where a sparse file has data: lseek(2) with SEEK_DATA and SEEK_HOLE.
public final class DataRanges {
    private static final int SEEK_DATA = 3;
    private static final int SEEK_HOLE = 4;
    private static final int ENXIO = 6;

    private final NativeFiles files = new NativeFiles();

    /// Hears of one.
    @FunctionalInterface
    public interface Range {
        /// @param from of the first byte
        /// @param to   behind the last byte
        void data(long from, long to);
    }

    /// Tells of each, in order; what lies between them reads as zeros. What lies in them may be zeros too.
    public void of(Path file, Range each) throws IOException {
        try (NativeFiles.Opened opened = files.open(file, NativeFiles.O_RDONLY | NativeFiles.O_NOFOLLOW)) {
            if (opened.fd() < 0) {
                throw NativeFiles.failed("open", file, opened.fd());
            }
            long at = 0;
            while (true) {
                long from = opened.seek(at, SEEK_DATA);
                if (from == -ENXIO) {
                    return; // holes up to the end
                }
                long to = from < 0 ? from : opened.seek(from, SEEK_HOLE);
                if (to < 0) {
                    throw NativeFiles.failed("lseek", file, to);
                }
                each.data(from, to);
                at = to;
            }
        }
    }
}
