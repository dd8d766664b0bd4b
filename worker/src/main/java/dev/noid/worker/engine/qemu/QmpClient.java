package dev.noid.worker.engine.qemu;

import dev.noid.schema.Deadline;
import dev.noid.schema.Json;
import dev.noid.worker.host.LastLine;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// QEMU's monitor protocol: one JSON text a line, answers found by id, events in between.
final class QmpClient {
    /// The longest answer tells of all nodes of a disk, some KiB each; a VMM that sends more is broken or taken over.
    private static final int LINE_MOST = 4 * 1024 * 1024;

    private static final String CAPABILITIES = "0";

    private final SocketChannel channel;
    private final BiConsumer<String, JsonNode> events;
    private final JsonMapper json = Json.records();
    private final AtomicLong lastId = new AtomicLong();
    private final Map<String, CompletableFuture<JsonNode>> waiting = new ConcurrentHashMap<>();
    private final CompletableFuture<JsonNode> negotiated = new CompletableFuture<>();
    private volatile @Nullable String build;

    /// @param events hears of name and data, on the reader's thread
    QmpClient(SocketChannel channel, BiConsumer<String, JsonNode> events) {
        this.channel = channel;
        this.events = events;
    }

    /// Reads until the VMM or [#close] ends it.
    void run() {
        ByteBuffer buffer = ByteBuffer.allocate(16 * 1024);
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        try {
            while (channel.read(buffer.clear()) >= 0 && line.size() <= LINE_MOST) {
                take(buffer.flip(), line);
            }
        } catch (IOException _) {
            // The end, as good as any.
        } finally {
            close();
            negotiated.completeExceptionally(ended("anything"));
            // One that comes later finds the channel closed.
            waiting.forEach((_, answer) -> answer.completeExceptionally(ended("it")));
        }
    }

    private void take(ByteBuffer bytes, ByteArrayOutputStream line) throws IOException {
        while (bytes.hasRemaining()) {
            byte next = bytes.get();
            if (next == '\n') {
                receive(line.toByteArray());
                line.reset();
            } else {
                line.write(next);
            }
        }
    }

    private void receive(byte[] line) throws IOException {
        JsonNode message;
        try {
            message = json.readTree(line);
        } catch (JacksonException e) {
            throw new IOException("not JSON", e);
        }
        if (message.has("QMP")) {
            build = QemuBuild.of(message.path("QMP").path("version"));
            waiting.put(CAPABILITIES, negotiated);
            send("qmp_capabilities", Map.of(), CAPABILITIES);
        } else if (message.has("event")) {
            events.accept(message.path("event").asString(""), message.path("data"));
        } else {
            CompletableFuture<JsonNode> answer =
                    waiting.remove(message.path("id").asString(""));
            if (answer != null && message.has("return")) {
                answer.complete(message.path("return"));
            } else if (answer != null) {
                answer.completeExceptionally(new QmpFailure("QEMU: "
                        + LastLine.of(message.path("error").path("desc").asString(""))));
            }
        }
    }

    /// Which build it says it is; null before it has greeted.
    @Nullable
    String build() {
        return build;
    }

    JsonNode ask(String command, Map<String, ? extends @Nullable Object> arguments, Deadline deadline)
            throws QmpFailure {
        String id = Long.toString(lastId.incrementAndGet());
        CompletableFuture<JsonNode> answer = new CompletableFuture<>();
        waiting.put(id, answer);
        try {
            await(negotiated, deadline, command);
            send(command, arguments, id);
            return await(answer, deadline, command);
        } catch (IOException _) {
            throw ended(command);
        } finally {
            waiting.remove(id);
        }
    }

    /// Also waits for what an event will complete.
    static <T> T await(CompletableFuture<T> future, Deadline deadline, String what) throws QmpFailure {
        try {
            return future.get(deadline.left().toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            throw new QmpFailure("the wait for " + what + " was interrupted");
        } catch (TimeoutException _) {
            throw new QmpFailure("QEMU did not answer " + what + " in time");
        } catch (ExecutionException failed) {
            if (failed.getCause() instanceof QmpFailure why) {
                throw why;
            }
            throw new IllegalStateException(failed);
        }
    }

    static QmpFailure ended(String what) {
        return new QmpFailure("QEMU ended before it answered " + what);
    }

    private synchronized void send(String command, Map<String, ? extends @Nullable Object> arguments, String id)
            throws IOException {
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
