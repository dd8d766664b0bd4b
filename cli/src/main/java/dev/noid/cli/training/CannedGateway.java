package dev.noid.cli.training;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Says what a gateway would, from a drawer: one answer a connection, and one command that prints a word over a
/// WebSocket.
final class CannedGateway implements AutoCloseable {
    private static final String VM = """
            {"id":"vm-1","name":"web","desired":"running","observed":"running","generation":1,"image":"busybox",\
            "memoryMib":256,"cpus":1,"diskMib":512,"createdAt":"2026-01-01T00:00:00Z","updatedAt":"2026-01-01T00:00:00Z"}""";
    private static final String JOB = """
            {"id":"job-1","kind":"exec","state":"succeeded","vm":"web","vmId":"vm-1","attempt":1,"argv":["true"],\
            "createdAt":"2026-01-01T00:00:00Z","exec":{"exitCode":0,"stdoutBytes":3,"stderrBytes":0,"partition":0,\
            "firstOffset":0,"runMillis":1},"checkpoint":{"checkpoint":"ck-01","pauseMillis":1.0,"bytes":1},\
            "timing":{"run":1.0}}""";
    private static final String CHECKPOINT = """
            {"id":"ck-01","vm":"web","vmId":"vm-1","pinned":false,"automatic":false,"current":true,"state":"complete",\
            "image":"busybox","memoryMib":256,"cpus":1,"diskMib":512,"createdAt":"2026-01-01T00:00:00Z"}""";

    private static final Pattern LENGTH = Pattern.compile("(?i)\\r\\ncontent-length: *(\\d+)");

    private final ServerSocket socket;

    CannedGateway() throws IOException {
        socket = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        Thread.ofPlatform().daemon().start(this::serve);
    }

    String url() {
        return "http://127.0.0.1:" + socket.getLocalPort();
    }

    private void serve() {
        while (!socket.isClosed()) {
            try (Socket connection = socket.accept()) {
                connection.setSoTimeout(10_000);
                answer(connection);
            } catch (SocketTimeoutException e) {
                throw new IllegalStateException("the client says nothing", e);
            } catch (IOException _) {
                // A client that hung up; or the end.
            }
        }
    }

    private static void answer(Socket connection) throws IOException {
        InputStream in = connection.getInputStream();
        OutputStream out = connection.getOutputStream();
        String head = head(in);
        if (head.contains("Sec-WebSocket-Key:")) {
            CannedStream.play(head.getBytes(StandardCharsets.ISO_8859_1), in, out, JOB);
            return;
        }
        Matcher length = LENGTH.matcher(head);
        in.skipNBytes(length.find() ? Long.parseLong(length.group(1)) : 0);
        out.write(reply(head).getBytes(StandardCharsets.UTF_8));
    }

    /// All up to and with the empty line.
    private static String head(InputStream in) throws IOException {
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            int octet = in.read();
            if (octet < 0) {
                throw new EOFException();
            }
            head.append((char) octet);
        }
        return head.toString();
    }

    private static String reply(String request) {
        String path = request.split(" ", 3)[1];
        String body =
                switch (path.split("[?]", 2)[0]) {
                    case "/vms" -> request.startsWith("POST") ? JOB : "{\"items\":[" + VM + "]}";
                    case "/jobs" -> "{\"items\":[" + JOB + "]}";
                    case "/vms/web/checkpoints" ->
                        request.startsWith("POST") ? JOB : "{\"items\":[" + CHECKPOINT + "]}";
                    case "/vms/web/fork" ->
                        "{\"checkpoint\":\"ck-01\",\"items\":[{\"name\":\"a\",\"job\":" + JOB
                                + "}],\"succeeded\":1,\"failed\":0}";
                    case "/images", "/hosts" -> "{\"items\":[]}";
                    case "/vms/web" -> request.startsWith("DELETE") ? JOB : VM;
                    default -> JOB;
                };
        return "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: "
                + body.length() + "\r\n\r\n" + body;
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
