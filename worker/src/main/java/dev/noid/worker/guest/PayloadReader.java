package dev.noid.worker.guest;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/// Takes a payload apart and believes none of its lengths.
final class PayloadReader {
    private final ByteBuffer bytes;

    PayloadReader(byte[] payload) {
        bytes = ByteBuffer.wrap(payload);
    }

    int u8() throws MalformedFrame {
        need(1);
        return bytes.get() & 0xff;
    }

    int u16() throws MalformedFrame {
        need(2);
        return bytes.getShort() & 0xffff;
    }

    int u32() throws MalformedFrame {
        need(4);
        return bytes.getInt();
    }

    /// An offset, count or span: no honest one comes near 2^61, and below it sums do not overflow, also those of both
    /// streams and what a stream gets on top.
    long u61() throws MalformedFrame {
        long value = u64();
        if (value < 0 || value >= 1L << 61) {
            throw new MalformedFrame("number");
        }
        return value;
    }

    long u64() throws MalformedFrame {
        need(8);
        return bytes.getLong();
    }

    /// Without NUL, as the protocol has it: no row takes one.
    String string() throws MalformedFrame {
        int length = u32();
        if (length < 0 || length > bytes.remaining()) {
            throw new MalformedFrame("string");
        }
        byte[] text = new byte[length];
        bytes.get(text);
        String string = new String(text, StandardCharsets.UTF_8);
        if (string.indexOf(0) >= 0) {
            throw new MalformedFrame("NUL");
        }
        return string;
    }

    byte[] rest() {
        byte[] rest = new byte[bytes.remaining()];
        bytes.get(rest);
        return rest;
    }

    void end() throws MalformedFrame {
        if (bytes.hasRemaining()) {
            throw new MalformedFrame("trailing bytes");
        }
    }

    private void need(int count) throws MalformedFrame {
        if (bytes.remaining() < count) {
            throw new MalformedFrame("short");
        }
    }
}
