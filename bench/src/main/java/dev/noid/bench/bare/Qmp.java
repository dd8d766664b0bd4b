package dev.noid.bench.bare;

import dev.noid.schema.Json;
import java.io.BufferedReader;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// QEMU's monitor, one command after the other.
final class Qmp implements AutoCloseable {
    private static final JsonMapper JSON = Json.records();
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final long LOOK_AGAIN_NANOS = 500_000;

    private final SocketChannel channel;
    private final BufferedReader in;
    private final OutputStream out;

    private Qmp(SocketChannel channel) {
        this.channel = channel;
        this.in = new BufferedReader(Channels.newReader(channel, StandardCharsets.UTF_8));
        this.out = Channels.newOutputStream(channel);
    }

    static Qmp connect(Path socket) throws IOException {
        Qmp qmp = new Qmp(Sockets.connect(socket, PATIENCE));
        qmp.in.readLine();
        qmp.run("qmp_capabilities", Map.of());
        return qmp;
    }

    JsonNode run(String command, Map<String, ?> arguments) throws IOException {
        String line = JSON.writeValueAsString(Map.of("execute", command, "arguments", arguments)) + "\n";
        out.write(line.getBytes(StandardCharsets.UTF_8));
        while (true) {
            String answer = in.readLine();
            if (answer == null) {
                throw new EOFException("QEMU closed its monitor");
            }
            JsonNode json = JSON.readTree(answer);
            if (json.has("error")) {
                throw new IOException(
                        command + ": " + json.path("error").path("desc").asString());
            }
            if (json.has("return")) {
                return json.path("return");
            }
        }
    }

    /// Memory stays in its file; only the devices' state travels.
    void ignoreSharedMemory() throws IOException {
        Map<String, Object> capability = Map.of("capability", "x-ignore-shared", "state", true);
        run("migrate-set-capabilities", Map.of("capabilities", java.util.List.of(capability)));
    }

    void awaitMigrated() throws IOException {
        while (true) {
            String status = run("query-migrate", Map.of()).path("status").asString("");
            switch (status) {
                case "completed" -> {
                    return;
                }
                case "failed" -> throw new IOException("the device state did not travel");
                default -> LockSupport.parkNanos(LOOK_AGAIN_NANOS);
            }
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
