package dev.noid.standalone.checkpoints;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.noid.gateway.http.HttpServer;
import dev.noid.gateway.limit.Limits;
import dev.noid.gateway.limit.Limits.Share;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/// One client can't take the gateway away from the others: what a token holds is bounded, and so is how long.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class OneClientTest {
    private static final Limits SMALL = new Limits(
            new Share(4, 8),
            new Share(2, 8),
            new Share(1, 2),
            new Share(1, 2),
            Duration.ofMillis(200),
            Duration.ofSeconds(1),
            new Share(1, 2),
            Duration.ofSeconds(5),
            8,
            Duration.ofMillis(200),
            Duration.ofMillis(600));

    private final Scene scene = new Scene();
    private final HttpServer server = scene.serve(SMALL);
    private final HttpClient client = HttpClient.newHttpClient();
    private String token = "";
    private String other = "";
    private String job = "";

    OneClientTest() throws IOException, InterruptedException, SQLException {}

    @AfterAll
    void stop() throws IOException, SQLException {
        client.shutdownNow(); // close() would wait for sockets that tests leave open
        server.close();
        scene.close();
    }

    @BeforeEach
    void begin() throws Exception {
        scene.begin();
        token = scene.token("admin");
        other = scene.token("exec,read");
        var exec = client.send(
                request(token, "/vms/web/exec")
                        .POST(HttpRequest.BodyPublishers.ofString("{\"argv\": [\"true\"]}"))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        var id = Pattern.compile("\"id\":\"(job-[^\"]*)\"").matcher(exec.body());
        assertThat(id.find()).as(exec.body()).isTrue();
        job = id.group(1);
    }

    /// Attack G2: each of them had a thread, a read of the database and 5 s, and 60,000 of them the whole gateway.
    @Test
    void signalsThatComeFasterThanTheyAreDeliveredEndTheirSocket() throws Exception {
        Heard heard = new Heard();
        WebSocket socket = connect(token, heard);
        // The first of them is being delivered for as long as it waits for the row.
        try (var _ = scene.locked("jobs")) {
            for (int i = 0; i < 100 && !heard.closed.isDone(); i++) {
                try {
                    socket.sendText("{\"type\":\"signal\",\"signal\":\"USR1\"}", true)
                            .get(5, TimeUnit.SECONDS);
                } catch (Exception _) {
                    break;
                }
            }
            assertThat(heard.closed.get(5, TimeUnit.SECONDS)).startsWith("1008 signals come faster");
        }
    }

    @Test
    void aTokenHasItsShareOfSocketsAndNoMore() throws Exception {
        Heard first = new Heard();
        Heard second = new Heard();
        Heard third = new Heard();
        WebSocket open = connect(token, first);
        connect(token, second);
        connect(token, third);
        assertThat(third.closed.get(5, TimeUnit.SECONDS)).startsWith("1013 too_many_streams");
        Heard others = new Heard();
        WebSocket another = connect(other, others);
        open.abort();
        // The place of one that went is free again.
        await().atMost(Duration.ofSeconds(10)).until(() -> {
            Heard next = new Heard();
            WebSocket socket = connect(token, next);
            boolean refused = next.closedWithin(300);
            socket.abort();
            return !refused;
        });
        assertThat(others.closed).isNotDone();
        another.abort();
    }

    /// Attack G4: every ping that was sent began Jetty's idle time anew, so a dead peer stayed for an hour.
    @Test
    void aPeerThatAnswersNoPingIsCutAndOneThatDoesStays() throws Exception {
        Heard lively = new Heard();
        WebSocket socket = connect(other, lively);
        try (Socket dead = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
            dead.getOutputStream()
                    .write(("GET /jobs/" + job + "/stream HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + token
                                    + "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                                    + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            dead.setSoTimeout(10_000);
            long began = System.nanoTime();
            assertThat(toTheEnd(dead.getInputStream())).startsWith("HTTP/1.1 101");
            assertThat(Duration.ofNanos(System.nanoTime() - began)).isBetween(SMALL.silence(), Duration.ofSeconds(5));
        }
        assertThat(lively.closed).isNotDone();
        socket.abort();
    }

    /// Attack G3: eight bodies that drip held all places for as long as they liked.
    @Test
    void aBodyThatDripsIsRefusedInTimeAndOthersHaveTheirPlacesMeanwhile() throws Exception {
        String large = "{\"argv\": [\"" + "x".repeat(20_000) + "\"]}";
        try (Socket slow = dripping(20_000);
                Socket small = dripping(50)) {
            await().atMost(Duration.ofSeconds(5)).until(() -> post(token, large).statusCode() == 429);
            assertThat(post(token, large).headers().firstValue("Retry-After")).isPresent();
            assertThat(post(other, large).statusCode()).isEqualTo(202);
            for (Socket socket : List.of(slow, small)) {
                assertThat(toTheEnd(socket.getInputStream()))
                        .startsWith("HTTP/1.1 408")
                        .contains("application/problem+json", "body_too_slow");
            }
        }
        assertThat(post(token, large).statusCode()).isEqualTo(202);
    }

    @Test
    void aTokenThatWaitsForMuchIsToldSoAndAnotherIsAnswered() throws Exception {
        List<CompletableFuture<HttpResponse<String>>> waiting = new ArrayList<>();
        for (int i = 0; i < SMALL.requests().perToken(); i++) {
            waiting.add(client.sendAsync(
                    request(token, "/jobs/" + job + "?wait=3").build(), HttpResponse.BodyHandlers.ofString()));
        }
        await().atMost(Duration.ofSeconds(3)).until(() -> get(token, "/vms").statusCode() == 429);
        assertThat(get(token, "/vms").body()).contains("too_many_requests");
        assertThat(get(other, "/jobs/" + job + "?wait=1").statusCode()).isEqualTo(200);
        for (var one : waiting) {
            assertThat(one.get().statusCode()).isEqualTo(200);
        }
        assertThat(get(token, "/vms").statusCode()).isEqualTo(200);
    }

    @Test
    void aFrameOfStdinBeyondWhatIsDocumentedEndsItsSocket() throws Exception {
        Heard heard = new Heard();
        WebSocket socket = connect(token, heard);
        socket.sendBinary(ByteBuffer.allocate(9 + (32 << 10) + 1), true).get(5, TimeUnit.SECONDS);
        assertThat(heard.closed.get(5, TimeUnit.SECONDS)).startsWith("1008 a binary message has at most 32768");
    }

    /// Attack G5.
    @Test
    void stdinWhoseEndIsBeyondALongEndsItsSocket() throws Exception {
        Heard heard = new Heard();
        WebSocket socket = connect(token, heard);
        socket.sendBinary(
                        ByteBuffer.allocate(9 + 100)
                                .put((byte) 0)
                                .putLong(Long.MAX_VALUE - 1)
                                .position(0),
                        true)
                .get(5, TimeUnit.SECONDS);
        assertThat(heard.closed.get(5, TimeUnit.SECONDS)).startsWith("1008 stdin goes on at 0");
    }

    /// The reason used to end in half a character.
    @Test
    void theReasonOfACloseIsCutBetweenCharacters() throws Exception {
        Heard heard = new Heard();
        WebSocket socket = connect(token, heard);
        socket.sendText("{\"type\":\"signal\",\"signal\":\"" + "é".repeat(200) + "\"}", true)
                .get(5, TimeUnit.SECONDS);
        String closed = heard.closed.get(5, TimeUnit.SECONDS);
        assertThat(closed).startsWith("1008 no signal éé").endsWith("é").doesNotContain("\uFFFD");
        assertThat(closed.substring(5).getBytes(StandardCharsets.UTF_8)).hasSizeBetween(120, 123);
    }

    private Socket dripping(int length) throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port());
        socket.setSoTimeout(10_000);
        socket.getOutputStream()
                .write(("POST /vms/web/exec HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + token
                                + "\r\nContent-Type: application/json\r\nContent-Length: " + length + "\r\n\r\n{")
                        .getBytes(StandardCharsets.US_ASCII));
        return socket;
    }

    private static String toTheEnd(InputStream in) {
        StringBuilder text = new StringBuilder();
        try {
            for (int b = in.read(); b >= 0; b = in.read()) {
                text.append((char) b);
            }
        } catch (java.net.SocketTimeoutException e) {
            throw new AssertionError("still open after: " + text, e);
        } catch (IOException _) {
            // Cut, which is an end as well.
        }
        return text.toString();
    }

    private HttpResponse<String> get(String as, String path) throws IOException, InterruptedException {
        return client.send(request(as, path).build(), HttpResponse.BodyHandlers.ofString());
    }

    private HttpResponse<String> post(String as, String body) throws IOException, InterruptedException {
        return client.send(
                request(as, "/vms/web/exec")
                        .POST(HttpRequest.BodyPublishers.ofString(body))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    private HttpRequest.Builder request(String as, String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + path))
                .timeout(Duration.ofSeconds(30))
                .header("Content-Type", "application/json")
                .header("Authorization", "Bearer " + as);
    }

    private WebSocket connect(String as, Heard heard) {
        try {
            return client.newWebSocketBuilder()
                    .header("Authorization", "Bearer " + as)
                    .buildAsync(URI.create("ws://127.0.0.1:" + server.port() + "/jobs/" + job + "/stream"), heard)
                    .join();
        } catch (CompletionException e) {
            throw new AssertionError(e);
        }
    }

    private static final class Heard implements WebSocket.Listener {
        private final CompletableFuture<String> closed = new CompletableFuture<>();

        @Override
        public java.util.concurrent.@org.jspecify.annotations.Nullable CompletionStage<?> onClose(
                WebSocket socket, int code, String reason) {
            closed.complete(code + " " + reason);
            return null;
        }

        @Override
        public void onError(WebSocket socket, Throwable error) {
            closed.complete("cut: " + error);
        }

        boolean closedWithin(long millis) throws Exception {
            try {
                closed.get(millis, TimeUnit.MILLISECONDS);
                return true;
            } catch (java.util.concurrent.TimeoutException _) {
                return false;
            }
        }
    }
}
