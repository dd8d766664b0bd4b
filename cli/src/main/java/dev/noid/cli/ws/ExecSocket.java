package dev.noid.cli.ws;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedTransferQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.java_websocket.WebSocket;
import org.java_websocket.client.WebSocketClient;
import org.java_websocket.exceptions.WebsocketNotConnectedException;
import org.java_websocket.framing.CloseFrame;
import org.java_websocket.framing.Framedata;
import org.java_websocket.handshake.ServerHandshake;
import org.jspecify.annotations.Nullable;

/// A client's WebSocket. One thread reads; any may write. A side that vanished without a word is noticed by pings.
///
/// Not `java.net.http`: under load its WebSocket was seen to leave the end of a connection unread, and it costs 0.1 s
/// at start and up to 0.3 s at exit.
public final class ExecSocket implements AutoCloseable {
    private static final int CONNECT_MILLIS = 5_000;
    private static final int HANDSHAKE_MILLIS = 5_000;
    private static final Duration QUIET = Duration.ofSeconds(10);
    private static final int QUIET_MOST = 3;
    private static final int LEAVE_MILLIS = 500;

    private final CompletableFuture<Void> opened = new CompletableFuture<>();
    /// Messages are transferred, not put: the library's reader goes on only when the one before was taken, so that a
    /// reader that pauses pauses the other side.
    private final LinkedTransferQueue<Message> messages = new LinkedTransferQueue<>();
    private final HandshakeStatus handshake = new HandshakeStatus();
    private final Duration quiet;
    private final Client client;
    private final Thread reader;
    private volatile boolean heard;
    private volatile boolean left;

    private ExecSocket(URI uri, @Nullable String token, Duration quiet) {
        this.quiet = quiet;
        Map<String, String> headers = token == null ? Map.of() : Map.of("Authorization", "Bearer " + token);
        client = new Client(URI.create("ws" + uri.toString().substring("http".length())), headers);
        client.setTcpNoDelay(true);
        client.setDaemon(true);
        // The library's own watch counts pongs only, and none is read while stdout is not: it would end a connection
        // because a person reads page by page.
        client.setConnectionLostTimeout(0);
        reader = Thread.ofPlatform().daemon().name("stream-read").unstarted(client);
    }

    /// @param uri of scheme http or https
    public static ExecSocket open(URI uri, @Nullable String token) throws IOException, HandshakeRefused {
        return open(uri, token, QUIET);
    }

    /// @param quiet after so long without a word a sign of life is asked for, and after three times that given up
    static ExecSocket open(URI uri, @Nullable String token, Duration quiet) throws IOException, HandshakeRefused {
        ExecSocket socket = new ExecSocket(uri, token, quiet);
        socket.reader.start();
        try {
            socket.opened.get(CONNECT_MILLIS + HANDSHAKE_MILLIS, TimeUnit.MILLISECONDS);
            return socket;
        } catch (ExecutionException e) {
            socket.close();
            switch (e.getCause()) {
                case HandshakeRefused refused -> throw refused;
                case IOException broken -> throw broken;
                case null, default -> throw new IOException(e.getCause());
            }
        } catch (TimeoutException _) {
            socket.close();
            throw new SocketTimeoutException("no answer to the handshake");
        } catch (InterruptedException _) {
            socket.close();
            throw interrupted();
        }
    }

    /// The next message. Asks for a sign of life when it gets quiet.
    public Message read() throws IOException {
        try {
            int silent = 0;
            while (true) {
                Message message = messages.poll(quiet.toMillis(), TimeUnit.MILLISECONDS);
                if (message != null) {
                    return message;
                }
                silent = heard ? 0 : silent + 1;
                if (silent == QUIET_MOST) {
                    throw new SocketTimeoutException("no sign of life");
                }
                heard = false;
                client.sendPing();
            }
        } catch (InterruptedException _) {
            throw interrupted();
        } catch (WebsocketNotConnectedException e) {
            throw ended(e);
        }
    }

    public void sendText(String text) throws IOException {
        try {
            client.send(text);
        } catch (WebsocketNotConnectedException e) {
            throw ended(e);
        }
    }

    public void sendBinary(byte[] bytes) throws IOException {
        try {
            client.send(bytes);
        } catch (WebsocketNotConnectedException e) {
            throw ended(e);
        }
    }

    /// Says goodbye and waits a moment for the other side's.
    public void leave() {
        unblock();
        client.close();
        join(LEAVE_MILLIS);
        close();
    }

    /// Ends the connection as it is.
    @Override
    public void close() {
        unblock();
        client.closeConnection(CloseFrame.ABNORMAL_CLOSE, "left");
        try {
            Socket socket = client.getSocket();
            if (socket != null) {
                socket.close(); // the library would first write what is left, to a side that may not read
            }
        } catch (IOException _) {
            // It is gone either way.
        }
        join(LEAVE_MILLIS);
    }

    private void unblock() {
        left = true;
        reader.interrupt();
    }

    /// A thread still in a read when the process ends would hold it up for 0.3 s.
    private void join(int millis) {
        try {
            reader.join(millis);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private static IOException ended(WebsocketNotConnectedException e) {
        return new IOException("the connection ended", e);
    }

    private static InterruptedIOException interrupted() {
        Thread.currentThread().interrupt();
        return new InterruptedIOException("interrupted");
    }

    private final class Client extends WebSocketClient {
        Client(URI uri, Map<String, String> headers) {
            super(uri, handshake, headers, CONNECT_MILLIS);
        }

        @Override
        public void onOpen(ServerHandshake answer) {
            opened.complete(null);
        }

        @Override
        public void onMessage(String text) {
            hand(new Message.Text(text));
        }

        @Override
        public void onMessage(ByteBuffer bytes) {
            hand(new Message.Binary(bytes));
        }

        private void hand(Message message) {
            if (left) {
                return;
            }
            try {
                messages.transfer(message);
            } catch (InterruptedException _) {
                // Nobody reads any more.
            }
        }

        @Override
        public void onWebsocketPing(WebSocket socket, Framedata frame) {
            heard = true;
            super.onWebsocketPing(socket, frame);
        }

        @Override
        public void onWebsocketPong(WebSocket socket, Framedata frame) {
            heard = true;
        }

        @Override
        public void onClose(int code, @Nullable String reason, boolean remote) {
            int status = handshake.status();
            opened.completeExceptionally(
                    status > 0 && status != 101
                            ? new HandshakeRefused(status)
                            : new IOException("this is no WebSocket server"));
            messages.add(new Message.Close(code, reason == null ? "" : reason));
        }

        @Override
        public void onError(Exception problem) {
            opened.completeExceptionally(problem); // after opening, onClose follows and says as much
        }
    }
}
