package dev.noid.gateway.ws;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.websocket.api.Callback;
import org.eclipse.jetty.websocket.api.Session;
import org.jspecify.annotations.Nullable;

/// What is on its way to one client: bounded, so that a slow client slows its reader and nothing else. (Jetty itself
/// queues asynchronous sends without bound.)
final class Outbox {
    private static final int WINDOW_BYTES = 512 << 10;
    /// A frame costs something even when it is empty.
    private static final int OVERHEAD_BYTES = 256;

    private final Session session;
    private final Semaphore window = new Semaphore(WINDOW_BYTES);
    private volatile boolean gone;
    private volatile @Nullable Throwable failure;

    Outbox(Session session) {
        this.session = session;
    }

    /// Waits for room. Throws when the client is gone.
    void binary(ByteBuffer frame) throws IOException, InterruptedException {
        int cost = acquire(frame.remaining());
        session.sendBinary(frame, released(cost));
    }

    void text(String text) throws IOException, InterruptedException {
        int cost = acquire(text.length() * 2);
        session.sendText(text, released(cost));
    }

    /// The client is gone: nobody waits any more.
    void gone() {
        gone = true;
    }

    private int acquire(int bytes) throws IOException, InterruptedException {
        int cost = Math.min(WINDOW_BYTES, bytes + OVERHEAD_BYTES);
        while (true) {
            if (gone || !session.isOpen()) {
                throw new IOException("client is gone", failure);
            }
            if (window.tryAcquire(cost, 500, TimeUnit.MILLISECONDS)) {
                return cost;
            }
        }
    }

    private Callback released(int cost) {
        return Callback.from(() -> window.release(cost), error -> {
            failure = error;
            gone = true;
            window.release(cost);
        });
    }
}
