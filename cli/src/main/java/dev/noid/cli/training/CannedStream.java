package dev.noid.cli.training;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.java_websocket.WebSocket;
import org.java_websocket.WebSocketAdapter;
import org.java_websocket.WebSocketImpl;
import org.java_websocket.drafts.Draft_6455;
import org.java_websocket.handshake.Handshakedata;
import org.jspecify.annotations.Nullable;

/// The stream of a job that printed a word and ended, on a socket whose request was read already.
final class CannedStream extends WebSocketAdapter {
    private final String job;

    private CannedStream(String job) {
        this.job = job;
    }

    static void play(byte[] request, InputStream in, OutputStream out, String job) throws IOException {
        WebSocketImpl engine = new WebSocketImpl(new CannedStream(job), List.of(new Draft_6455()));
        byte[] buffer = new byte[4096];
        ByteBuffer received = ByteBuffer.wrap(request);
        int count = 1;
        while (count > 0) {
            engine.decode(received);
            for (ByteBuffer sent = engine.outQueue.poll(); sent != null; sent = engine.outQueue.poll()) {
                byte[] bytes = new byte[sent.remaining()];
                sent.get(bytes);
                out.write(bytes);
            }
            count = engine.isOpen() ? in.read(buffer) : 0;
            received = ByteBuffer.wrap(buffer, 0, Math.max(0, count));
        }
    }

    @Override
    public void onWebsocketOpen(WebSocket socket, Handshakedata request) {
        socket.send("\u0001\0\0\0\0\0\0\0\0hi\n".getBytes(StandardCharsets.ISO_8859_1));
        socket.send("{\"type\":\"input_ack\",\"acknowledged\":0,\"granted\":65536,\"closed\":false}");
        socket.send("{\"type\":\"ended\",\"job\":" + job + "}");
    }

    @Override
    public void onWebsocketMessage(WebSocket socket, String text) {}

    @Override
    public void onWebsocketMessage(WebSocket socket, ByteBuffer bytes) {}

    @Override
    public void onWebsocketClose(WebSocket socket, int code, @Nullable String reason, boolean remote) {}

    @Override
    public void onWebsocketClosing(WebSocket socket, int code, @Nullable String reason, boolean remote) {}

    @Override
    public void onWebsocketCloseInitiated(WebSocket socket, int code, @Nullable String reason) {}

    @Override
    public void onWebsocketError(WebSocket socket, Exception problem) {
        throw new IllegalStateException(problem);
    }

    @Override
    public void onWriteDemand(WebSocket socket) {}

    @Override
    public java.net.@Nullable InetSocketAddress getLocalSocketAddress(WebSocket socket) {
        return null;
    }

    @Override
    public java.net.@Nullable InetSocketAddress getRemoteSocketAddress(WebSocket socket) {
        return null;
    }
}
