package dev.noid.gateway.ws;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.StandardCharsets;

/// The words beside a close code, for which the protocol has 123 bytes of UTF-8.
final class CloseReason {
    private static final int BYTES_MOST = 123;

    private CloseReason() {}

    /// As many whole characters as fit.
    static String cut(String reason) {
        CharBuffer characters = CharBuffer.wrap(reason);
        // The encoder never writes a part of a character.
        StandardCharsets.UTF_8.newEncoder().encode(characters, ByteBuffer.allocate(BYTES_MOST), true);
        return reason.substring(0, characters.position());
    }
}
