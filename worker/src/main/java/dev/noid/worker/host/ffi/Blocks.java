package dev.noid.worker.host.ffi;

import java.io.IOException;
import java.nio.file.Path;

/// What files take on their disk, as `du` counts it. Not what they hold: a hole that was made in what was once written
/// may still have its blocks.
public final class Blocks {
    private static final int BYTES = 512;

    private final NativeFiles files = new NativeFiles();

    /// In bytes.
    public long of(Path file) throws IOException {
        try (NativeFiles.Opened opened = files.open(file, NativeFiles.O_RDONLY | NativeFiles.O_NOFOLLOW)) {
            long blocks = opened.fd() < 0 ? opened.fd() : opened.blocks();
            if (blocks < 0) {
                throw NativeFiles.failed("statx", file, blocks);
            }
            return blocks * BYTES;
        }
    }
}
