package dev.noid.worker.host;

import java.nio.ByteBuffer;
import java.util.concurrent.ConcurrentLinkedQueue;

/// Buffers of one window, and whether pages in them are zeros.
final class Pages {
    private static final int PAGE = PageStack.PAGE;
    private static final ByteBuffer ZEROS = ByteBuffer.allocateDirect(PAGE).asReadOnlyBuffer();

    private final ConcurrentLinkedQueue<ByteBuffer> idle = new ConcurrentLinkedQueue<>();

    ByteBuffer take() {
        ByteBuffer buffer = idle.poll();
        return buffer == null ? ByteBuffer.allocateDirect(PageStack.WINDOW) : buffer;
    }

    void giveBack(ByteBuffer buffer) {
        idle.add(buffer);
    }

    /// The first page from `from` on that is zeros, or is not.
    static int next(ByteBuffer buffer, int from, int end, boolean data) {
        int at = from;
        while (at < end && zeros(buffer, at, Math.min(at + PAGE, end)) == data) {
            at = Math.min(at + PAGE, end);
        }
        return at;
    }

    static boolean zeros(ByteBuffer buffer, int from, int to) {
        // The first bytes tell mostly; the whole is compared many bytes at a time.
        return buffer.get(from) == 0 && buffer.slice(from, to - from).mismatch(ZEROS.slice(0, to - from)) < 0;
    }

    /// Writes zeros.
    static void clear(ByteBuffer buffer, int from, int to) {
        for (int at = from; at < to; at += PAGE) {
            buffer.put(at, ZEROS, 0, Math.min(PAGE, to - at));
        }
    }
}
