package dev.noid.worker.guest;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/// One connection and the session spoken over it: greets until it is answered, then writes what the outbox has.
final class Carrier {
    private static final Duration HELLO_AGAIN = Duration.ofMillis(500);

    final int session;
    private final SocketChannel channel;
    private final Hello hello;
    private final Outbox outbox;
    private final CountDownLatch answered = new CountDownLatch(1);
    private volatile boolean greeted;

    Carrier(SocketChannel channel, int session, Hello hello, Outbox outbox) {
        this.channel = channel;
        this.session = session;
        this.hello = hello;
        this.outbox = outbox;
    }

    /// The writer's thread. Ends with the channel.
    void write() {
        try {
            do {
                send(filler());
                send(FrameCodec.encode(session, 0, FrameType.HELLO, hello.payload()));
            } while (!answered.await(HELLO_AGAIN.toMillis(), TimeUnit.MILLISECONDS) && channel.isOpen());
            byte[] batch = outbox.take(session);
            while (batch != null) {
                send(batch);
                batch = outbox.take(session);
            }
        } catch (IOException | InterruptedException _) {
            close(); // which tells the reader
        }
    }

    /// Completes whatever half frame of an earlier session the agent was reading.
    private static byte[] filler() {
        byte[] filler = new byte[FrameCodec.FRAME_MAX];
        Arrays.fill(filler, (byte) 0xff);
        return filler;
    }

    private void send(byte[] bytes) throws IOException {
        ByteBuffer left = ByteBuffer.wrap(bytes);
        while (left.hasRemaining()) {
            channel.write(left);
        }
    }

    int read(ByteBuffer into) throws IOException {
        return channel.read(into);
    }

    boolean greeted() {
        return greeted;
    }

    /// From here on the outbox is served.
    void established() {
        greeted = true;
        outbox.serve(session);
        answered.countDown();
    }

    void close() {
        try {
            channel.close();
        } catch (IOException _) {
            // Closed is closed.
        }
        outbox.end(session);
        answered.countDown();
    }
}
