package dev.noid.bench.stack;

import dev.noid.schema.Json;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// One kept-alive connection to the API, for one thread. A client as thin as can be: what is measured is the server,
/// and with 2 cores a client's own work would be measured too.
public final class ApiConnection implements AutoCloseable {
    private static final JsonMapper JSON = Json.records();
    private static final int TIMEOUT_MILLIS = 90_000;

    private final String fixed;
    private final Socket socket = new Socket();
    private final InputStream in;
    private final OutputStream out;

    public ApiConnection(String url, String token) throws IOException {
        URI uri = URI.create(url);
        socket.connect(new InetSocketAddress(uri.getHost(), uri.getPort()), 5000);
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(TIMEOUT_MILLIS);
        in = new BufferedInputStream(socket.getInputStream(), 1 << 16);
        out = socket.getOutputStream();
        fixed = "Host: " + uri.getAuthority() + "\r\nAuthorization: Bearer " + token + "\r\n";
    }

    public record Reply(int status, String body) {
        public JsonNode json() {
            return JSON.readTree(body);
        }
    }

    /// Sends and hands back whatever comes.
    ///
    /// @param wait how long the server may wait for the job's end; zero: not at all
    public Reply send(String method, String path, String body, Duration wait) throws IOException {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        StringBuilder head = new StringBuilder(256);
        head.append(method).append(' ').append(path).append(" HTTP/1.1\r\n").append(fixed);
        if (bytes.length > 0 || method.equals("POST")) {
            head.append("Content-Type: application/json\r\nContent-Length: ")
                    .append(bytes.length)
                    .append("\r\n");
        }
        if (wait.isPositive()) {
            head.append("Prefer: wait=").append(wait.toSeconds()).append("\r\n");
        }
        byte[] start = head.append("\r\n").toString().getBytes(StandardCharsets.US_ASCII);
        byte[] request = new byte[start.length + bytes.length];
        System.arraycopy(start, 0, request, 0, start.length);
        System.arraycopy(bytes, 0, request, start.length, bytes.length);
        out.write(request);
        return receive();
    }

    private Reply receive() throws IOException {
        String status = line();
        int length = -1;
        boolean chunked = false;
        for (String header = line(); !header.isEmpty(); header = line()) {
            String lower = header.toLowerCase(Locale.ROOT);
            if (lower.startsWith("content-length:")) {
                length = Integer.parseInt(lower.substring(15).strip());
            } else if (lower.startsWith("transfer-encoding:") && lower.contains("chunked")) {
                chunked = true;
            }
        }
        String body = chunked ? chunks() : text(Math.max(0, length));
        return new Reply(Integer.parseInt(status.split(" ", 3)[1]), body);
    }

    private String chunks() throws IOException {
        StringBuilder body = new StringBuilder();
        int size = Integer.parseInt(line().strip(), 16);
        while (size > 0) {
            body.append(text(size));
            line();
            size = Integer.parseInt(line().strip(), 16);
        }
        line();
        return body.toString();
    }

    private String text(int length) throws IOException {
        byte[] bytes = in.readNBytes(length);
        if (bytes.length < length) {
            throw new EOFException("the gateway closed in the middle of a reply");
        }
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private String line() throws IOException {
        StringBuilder line = new StringBuilder(64);
        for (int c = in.read(); c != '\n'; c = in.read()) {
            if (c < 0) {
                throw new EOFException("the gateway closed the connection");
            }
            if (c != '\r') {
                line.append((char) c);
            }
        }
        return line.toString();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
