package dev.noid.bench.bare;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;

/// A frame's payload, being put together; see `docs/agent-protocol.md`.
final class Payload {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream(64);

    Payload u8(int value) {
        bytes.write(value);
        return this;
    }

    Payload u16(int value) {
        return u8(value >>> 8).u8(value);
    }

    Payload u32(int value) {
        bytes.writeBytes(ByteBuffer.allocate(4).putInt(value).array());
        return this;
    }

    Payload u64(long value) {
        bytes.writeBytes(ByteBuffer.allocate(8).putLong(value).array());
        return this;
    }

    Payload string(String text) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        u32(utf8.length);
        bytes.writeBytes(utf8);
        return this;
    }

    Payload strings(List<String> texts) {
        u32(texts.size());
        texts.forEach(this::string);
        return this;
    }

    Payload bytes(byte[] more, int from, int count) {
        bytes.write(more, from, count);
        return this;
    }

    byte[] done() {
        return bytes.toByteArray();
    }
}
