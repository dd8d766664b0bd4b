package dev.noid.worker.guest;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/// Finds frames in a stream of bytes that may be anything. Its memory is two frames, whatever comes.
final class FrameReader {
    // While less than one frame is unread, a whole one still fits behind it.
    private final ByteBuffer bytes = ByteBuffer.allocate(2 * FrameCodec.FRAME_MAX);
    private int from;
    private int to;
    private long skipped;
    private long dropped;

    /// Where the next bytes go; never empty after [#next] has returned null. What was put there is told by [#added].
    ByteBuffer room() {
        if (from > 0) {
            System.arraycopy(bytes.array(), from, bytes.array(), 0, to - from);
            to -= from;
            from = 0;
        }
        return ByteBuffer.wrap(bytes.array(), to, bytes.capacity() - to);
    }

    void added(int count) {
        to += count;
    }

    /// The next whole frame, null when more bytes are needed.
    @Nullable
    Frame next() {
        while (to - from >= FrameCodec.HEADER) {
            int length = FrameCodec.payloadLength(bytes.array(), from);
            if (length < 0) {
                skip();
            } else if (to - from < FrameCodec.HEADER + length) {
                return null;
            } else {
                Frame frame = take(length);
                if (frame != null) {
                    return frame;
                }
            }
        }
        return null;
    }

    private @Nullable Frame take(int length) {
        int at = from;
        from += FrameCodec.HEADER + length;
        if (bytes.getInt(at + 24) != FrameCodec.crc(bytes.array(), at + FrameCodec.HEADER, length)) {
            dropped++;
            return null;
        }
        byte[] payload = new byte[length];
        bytes.get(at + FrameCodec.HEADER, payload);
        return new Frame(bytes.getInt(at + 8), bytes.getInt(at + 12), bytes.get(at + 16) & 0xff, payload);
    }

    private void skip() {
        byte first = (byte) (FrameCodec.MAGIC >>> 24);
        int start = from++;
        while (from < to && bytes.get(from) != first) {
            from++;
        }
        skipped += from - start;
    }

    /// Bytes that were no header.
    long skipped() {
        return skipped;
    }

    /// Frames whose payload was damaged.
    long dropped() {
        return dropped;
    }
}
