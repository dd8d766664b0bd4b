package dev.noid.worker.guest;

import java.nio.ByteBuffer;
import java.util.zip.CRC32;

/// Frames to bytes, and the checks of the way back. The agent's side of it is `frame.c`; both are tested with the same
/// bytes.
final class FrameCodec {
    static final int MAGIC = 0x4e4f4944;
    static final int HEADER = 28;
    static final int PAYLOAD_MAX = 65536;
    static final int FRAME_MAX = HEADER + PAYLOAD_MAX;
    private static final int CHECKED_HEADER = 20;

    private FrameCodec() {}

    static byte[] encode(int session, int channel, int type, byte[] payload) {
        if (payload.length > PAYLOAD_MAX) {
            throw new IllegalArgumentException("payload of " + payload.length + " bytes in one frame");
        }
        ByteBuffer frame = ByteBuffer.allocate(HEADER + payload.length);
        frame.putInt(MAGIC).putInt(payload.length).putInt(session).putInt(channel);
        frame.put((byte) type).put(new byte[3]);
        frame.putInt(crc(frame.array(), 0, CHECKED_HEADER)).putInt(crc(payload, 0, payload.length));
        return frame.put(payload).array();
    }

    /// The payload's length when a header lies at `at`, else -1. Looks at [#HEADER] bytes.
    static int payloadLength(byte[] array, int at) {
        ByteBuffer bytes = ByteBuffer.wrap(array);
        int length = bytes.getInt(at + 4);
        boolean header = bytes.getInt(at) == MAGIC
                && length >= 0
                && length <= PAYLOAD_MAX
                && bytes.get(at + 17) == 0
                && bytes.getShort(at + 18) == 0
                && bytes.getInt(at + CHECKED_HEADER) == crc(array, at, CHECKED_HEADER);
        return header ? length : -1;
    }

    static int crc(byte[] bytes, int from, int count) {
        CRC32 crc = new CRC32();
        crc.update(bytes, from, count);
        return (int) crc.getValue();
    }
}
