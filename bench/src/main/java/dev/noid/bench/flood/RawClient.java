package dev.noid.bench.flood;

import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/// One connection of a client that sends what no library would, and reads no more than it has to.
final class RawClient implements AutoCloseable {
    private static final int FINAL = 0x80;
    private static final int MASKED = 0x80;
    /// Of a frame's length: the next two bytes have it, or the next eight.
    private static final int IN_TWO_BYTES = 126;
    private static final int IN_EIGHT_BYTES = 127;

    private final Socket socket;
    private final OutputStream out;
    private final String token;

    RawClient(URI gateway, String token) throws IOException {
        this.socket = new Socket(gateway.getHost(), gateway.getPort());
        this.token = token;
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(5_000);
        out = socket.getOutputStream();
    }

    /// Becomes a WebSocket, or throws when it is refused.
    void upgrade(String path) throws IOException {
        request("GET " + path, """
                Upgrade: websocket\r
                Connection: Upgrade\r
                Sec-WebSocket-Version: 13\r
                Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r
                """);
        // Frames before the answer's head would be read as HTTP.
        byte[] answer = new byte[4_096];
        int count = socket.getInputStream().read(answer);
        if (count < 0 || !new String(answer, 0, count, StandardCharsets.US_ASCII).startsWith("HTTP/1.1 101")) {
            throw new IOException("no WebSocket");
        }
    }

    /// @param headers each with its line's end
    void request(String line, String headers) throws IOException {
        String head = line + " HTTP/1.1\r\nHost: noid\r\nAuthorization: Bearer " + token + "\r\n" + headers + "\r\n";
        send(head.getBytes(StandardCharsets.US_ASCII));
    }

    void send(byte[] bytes) throws IOException {
        out.write(bytes);
    }

    /// A client's frame (RFC 6455, 5.2) whose mask is zero.
    static byte[] frame(int opcode, byte[] payload) {
        ByteBuffer frame = ByteBuffer.allocate(14 + payload.length).put((byte) (FINAL | opcode));
        if (payload.length < IN_TWO_BYTES) {
            frame.put((byte) (MASKED | payload.length));
        } else if (payload.length < 1 << 16) {
            frame.put((byte) (MASKED | IN_TWO_BYTES)).putShort((short) payload.length);
        } else {
            frame.put((byte) (MASKED | IN_EIGHT_BYTES)).putLong(payload.length);
        }
        frame.putInt(0).put(payload).flip();
        byte[] bytes = new byte[frame.remaining()];
        frame.get(bytes);
        return bytes;
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
