package dev.noid.cli.ws;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.java_websocket.drafts.Draft;
import org.java_websocket.drafts.Draft_6455;
import org.java_websocket.exceptions.InvalidHandshakeException;
import org.java_websocket.handshake.Handshakedata;
import org.jspecify.annotations.Nullable;

/// The protocol as the library has it, and the HTTP status of the server's answer, which the library keeps to itself.
final class HandshakeStatus extends Draft_6455 {
    /// Much more than a gateway sends in one message.
    private static final int MESSAGE_MOST = 4 << 20;

    /// Shared with the copy that the library works with.
    private final AtomicInteger status;

    HandshakeStatus() {
        this(new AtomicInteger());
    }

    private HandshakeStatus(AtomicInteger status) {
        super(List.of(), MESSAGE_MOST);
        this.status = status;
    }

    /// 0 when nothing came that looks like HTTP.
    int status() {
        return status.get();
    }

    @Override
    public Draft copyInstance() {
        return new HandshakeStatus(status);
    }

    @Override
    public Handshakedata translateHandshake(ByteBuffer answer) throws InvalidHandshakeException {
        @Nullable String line = readStringLine(answer.duplicate());
        if (line != null && line.matches("HTTP/1\\.[01] \\d{3}( .*)?")) {
            status.set(Integer.parseInt(line, 9, 12, 10));
        }
        return super.translateHandshake(answer);
    }
}
