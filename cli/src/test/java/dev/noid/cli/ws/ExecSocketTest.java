package dev.noid.cli.ws;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.java_websocket.WebSocket;
import org.java_websocket.framing.Framedata;
import org.java_websocket.handshake.ClientHandshake;
import org.java_websocket.server.WebSocketServer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// What the gateway of the other tests is too well-behaved for.
@Timeout(30)
class ExecSocketTest {
    private static final Duration QUIET = Duration.ofMillis(100);

    private final Peer peer = new Peer();

    @BeforeEach
    void start() throws InterruptedException {
        peer.start();
        assertThat(peer.started.await(10, TimeUnit.SECONDS)).isTrue();
    }

    @AfterEach
    void stop() throws InterruptedException {
        peer.stop(100);
    }

    @Test
    void a_side_that_does_not_answer_pings_is_given_up() throws Exception {
        peer.silent = true;
        try (ExecSocket socket = open()) {
            assertThatThrownBy(socket::read).isInstanceOf(SocketTimeoutException.class);
        }
    }

    @Test
    void a_side_that_has_nothing_to_say_and_answers_pings_is_not() throws Exception {
        peer.speakAfterPings = 8;
        try (ExecSocket socket = open()) {
            assertThat(socket.read()).isEqualTo(new Message.Text("at last"));
        }
    }

    @Test
    void a_reader_that_pauses_pauses_the_other_side_and_loses_nothing() throws Exception {
        int count = 400;
        peer.flood = count;
        try (ExecSocket socket = open()) {
            assertThat(peer.opened.await(10, TimeUnit.SECONDS)).isTrue();
            // Longer than silence is borne: no message is taken meanwhile, and no pong either.
            TimeUnit.MILLISECONDS.sleep(QUIET.toMillis() * 6);
            assertThat(peer.connection().hasBufferedData()).isTrue();
            for (int i = 0; i < count; i++) {
                assertThat(socket.read()).isInstanceOfSatisfying(Message.Binary.class, binary -> assertThat(
                                binary.bytes().remaining())
                        .isEqualTo(Peer.PIECE));
            }
        }
    }

    @Test
    void no_thread_is_left() throws Exception {
        peer.flood = 400;
        ExecSocket socket = open();
        socket.read();
        socket.leave();
        assertThat(Thread.getAllStackTraces().keySet())
                .noneMatch(thread -> thread.getName().equals("stream-read"));
    }

    private ExecSocket open() throws Exception {
        return ExecSocket.open(URI.create("http://127.0.0.1:" + peer.getPort()), null, QUIET);
    }

    private static final class Peer extends WebSocketServer {
        static final int PIECE = 64 * 1024;
        final CountDownLatch started = new CountDownLatch(1);
        final CountDownLatch opened = new CountDownLatch(1);
        final AtomicInteger pings = new AtomicInteger();
        volatile boolean silent;
        volatile int speakAfterPings;
        volatile int flood;

        Peer() {
            super(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
            setDaemon(true);
            setConnectionLostTimeout(0);
        }

        WebSocket connection() {
            return getConnections().iterator().next();
        }

        @Override
        public void onStart() {
            started.countDown();
        }

        @Override
        public void onOpen(WebSocket connection, ClientHandshake request) {
            for (int i = 0; i < flood; i++) {
                connection.send(new byte[PIECE]);
            }
            opened.countDown();
        }

        @Override
        public void onWebsocketPing(WebSocket connection, Framedata frame) {
            if (!silent) {
                super.onWebsocketPing(connection, frame);
            }
            if (pings.incrementAndGet() == speakAfterPings) {
                connection.send("at last");
            }
        }

        @Override
        public void onMessage(WebSocket connection, String text) {}

        @Override
        public void onClose(WebSocket connection, int code, @Nullable String reason, boolean remote) {}

        @Override
        public void onError(@Nullable WebSocket connection, Exception problem) {}
    }
}
