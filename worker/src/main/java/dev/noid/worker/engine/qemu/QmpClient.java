package dev.noid.worker.engine.qemu;

import dev.noid.schema.Json;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiConsumer;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// QEMU's monitor protocol: one JSON text a line, answers found by id, events in between.
final class QmpClient {
    /// No answer that is asked for here comes near it; a VMM that sends more is broken or taken over.
    private static final int LINE_MOST = 256 * 1024;

    private static final String CAPABILITIES = "0";

    private final SocketChannel channel;
    private final BiConsumer<String, JsonNode> events;
    private final JsonMapper json = Json.records();
    private final AtomicLong lastId = new AtomicLong();
    private final Map<String, CompletableFuture<JsonNode>> waiting = new ConcurrentHashMap<>();

    /// @param events hears of name and data, on the reader's thread
    QmpClient(SocketChannel channel, BiConsumer<String, JsonNode> events) {
        this.channel = channel;
        this.events = events;
    }

    /// Reads until the VMM or [#close] ends it.
    void run() {
        ByteBuffer buffer = ByteBuffer.allocate(4096);
        byte[] line = new byte[0];
        try {
            while (channel.read(buffer.clear()) >= 0 && line.length <= LINE_MOST) {
                line = append(line, buffer.flip());
                line = lines(line);
            }
        } catch (IOException _) {
            // The end, as good as any.
        } finally {
            close();
        }
    }

    private static byte[] append(byte[] line, ByteBuffer more) {
        byte[] longer = Arrays.copyOf(line, line.length + more.remaining());
        more.get(longer, line.length, more.remaining());
        return longer;
    }

    private byte[] lines(byte[] bytes) throws IOException {
        int from = 0;
        for (int i = 0; i < bytes.length; i++) {
            if (bytes[i] == '\n') {
                receive(Arrays.copyOfRange(bytes, from, i));
                from = i + 1;
            }
        }
        return from == 0 ? bytes : Arrays.copyOfRange(bytes, from, bytes.length);
    }

    private void receive(byte[] line) throws IOException {
        JsonNode message;
        try {
            message = json.readTree(line);
        } catch (JacksonException e) {
            throw new IOException("not JSON", e);
        }
        if (message.has("QMP")) {
            send("qmp_capabilities", Map.of(), CAPABILITIES);
        } else if (message.has("event")) {
            events.accept(message.path("event").asString(""), message.path("data"));
        } else {
            CompletableFuture<JsonNode> answer =
                    waiting.remove(message.path("id").asString(""));
            if (answer != null && message.has("return")) {
                answer.complete(message.path("return"));
            } else if (answer != null) {
                answer.completeExceptionally(
                        new IOException(message.path("error").path("desc").asString("")));
            }
        }
    }

    /// Empty when it was refused or not answered in time.
    Optional<JsonNode> ask(String command, Map<String, Object> arguments, Duration time) {
        String id = Long.toString(lastId.incrementAndGet());
        CompletableFuture<JsonNode> answer = new CompletableFuture<>();
        waiting.put(id, answer);
        try {
            send(command, arguments, id);
            return Optional.of(answer.get(time.toNanos(), TimeUnit.NANOSECONDS));
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        } catch (IOException | ExecutionException | TimeoutException _) {
            return Optional.empty();
        } finally {
            waiting.remove(id);
        }
    }

    private synchronized void send(String command, Map<String, Object> arguments, String id) throws IOException {
        Map<String, Object> message = new LinkedHashMap<>();
        message.put("execute", command);
        message.put("arguments", arguments);
        message.put("id", id);
        ByteBuffer bytes = ByteBuffer.wrap(json.writeValueAsBytes(message));
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    void close() {
        try {
            channel.close();
        } catch (IOException _) {
            // Closed is closed.
        }
    }
}
