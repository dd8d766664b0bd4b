package dev.noid.bench.stack;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// The WebSocket of one exec: output down, stdin up as far as it is granted.
public final class OutputSocket implements WebSocket.Listener, AutoCloseable {
    private static final JsonMapper JSON = dev.noid.schema.Json.records();
    private static final Duration CONNECT = Duration.ofSeconds(10);
    private static final int HEADER = 9;
    private static final int PIECE = 32 * 1024;

    private final Arrival arrival;
    private final CompletableFuture<JsonNode> ended = new CompletableFuture<>();
    private final StringBuilder text = new StringBuilder();
    private final Object input = new Object();
    private long granted;
    private @Nullable WebSocket socket;
    private boolean inMessage;

    /// Hears of output as it arrives.
    @FunctionalInterface
    public interface Arrival {
        void bytes(int count);
    }

    private OutputSocket(Arrival arrival) {
        this.arrival = arrival;
    }

    static OutputSocket open(HttpClient client, String url, String token, String job, Arrival arrival)
            throws IOException {
        OutputSocket output = new OutputSocket(arrival);
        try {
            output.socket = client.newWebSocketBuilder()
                    .header("Authorization", "Bearer " + token)
                    .connectTimeout(CONNECT)
                    .buildAsync(URI.create(url.replaceFirst("^http", "ws") + "/jobs/" + job + "/stream"), output)
                    .join();
            return output;
        } catch (CompletionException failed) {
            throw new IOException("no stream of " + job, failed.getCause());
        }
    }

    /// The job's end, after all its output.
    public JsonNode awaitEnd(Duration patience) throws IOException, InterruptedException {
        try {
            return ended.get(patience.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException | TimeoutException failed) {
            throw new IOException("the stream did not end as it should", failed);
        }
    }

    /// Sends this many bytes and the end.
    public void feed(long bytes) throws InterruptedException {
        WebSocket to = java.util.Objects.requireNonNull(socket);
        long sent = 0;
        while (sent < bytes) {
            int count = (int) Math.min(Math.min(PIECE, bytes - sent), awaitGrant(sent) - sent);
            ByteBuffer message =
                    ByteBuffer.allocate(HEADER + count).put((byte) 0).putLong(sent);
            to.sendBinary(message.position(HEADER + count).flip(), true).join();
            sent += count;
        }
        to.sendText("{\"type\":\"eof\",\"offset\":" + bytes + "}", true).join();
    }

    private long awaitGrant(long sent) throws InterruptedException {
        synchronized (input) {
            while (granted <= sent && !ended.isDone()) {
                input.wait(1000);
            }
            return granted;
        }
    }

    @Override
    public CompletionStage<?> onBinary(WebSocket from, ByteBuffer data, boolean last) {
        arrival.bytes(data.remaining() - (inMessage ? 0 : HEADER));
        inMessage = !last;
        from.request(1);
        return CompletableFuture.completedStage(null);
    }

    @Override
    public CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
        text.append(data);
        if (last) {
            JsonNode line = JSON.readTree(text.toString());
            text.setLength(0);
            switch (line.path("type").asString("")) {
                case "input_ack" -> grant(line.path("granted").asLong());
                case "ended" -> ended.complete(line.path("job"));
                case "failed" -> ended.completeExceptionally(new IOException(line.toString()));
                default -> {}
            }
        }
        from.request(1);
        return CompletableFuture.completedStage(null);
    }

    private void grant(long upTo) {
        synchronized (input) {
            granted = Math.max(granted, upTo);
            input.notifyAll();
        }
    }

    @Override
    public CompletionStage<?> onClose(WebSocket from, int code, String reason) {
        ended.completeExceptionally(new IOException("closed: " + code + " " + reason));
        return CompletableFuture.completedStage(null);
    }

    @Override
    public void onError(WebSocket from, Throwable error) {
        ended.completeExceptionally(error);
    }

    @Override
    public void close() {
        java.util.Objects.requireNonNull(socket).abort();
    }
}
