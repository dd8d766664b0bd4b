package dev.noid.cli.ws;

import java.nio.ByteBuffer;

/// What the other side said.
public sealed interface Message {
    record Text(String text) implements Message {}

    record Binary(ByteBuffer bytes) implements Message {}

    /// It says goodbye; nothing comes after this.
    record Close(int code, String reason) implements Message {}
}
