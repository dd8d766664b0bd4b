package dev.noid.worker.guest;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;

/// Puts a payload together.
final class PayloadWriter {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream(64);

    PayloadWriter u8(int value) {
        bytes.write(value);
        return this;
    }

    PayloadWriter u16(int value) {
        bytes.write(value >>> 8);
        bytes.write(value);
        return this;
    }

    PayloadWriter u32(int value) {
        bytes.writeBytes(ByteBuffer.allocate(4).putInt(value).array());
        return this;
    }

    PayloadWriter u64(long value) {
        bytes.writeBytes(ByteBuffer.allocate(8).putLong(value).array());
        return this;
    }

    PayloadWriter string(String text) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        u32(utf8.length);
        bytes.writeBytes(utf8);
        return this;
    }

    PayloadWriter strings(List<String> list) {
        u32(list.size());
        list.forEach(this::string);
        return this;
    }

    PayloadWriter bytes(byte[] more, int from, int count) {
        bytes.write(more, from, count);
        return this;
    }

    byte[] done() {
        return bytes.toByteArray();
    }
}
