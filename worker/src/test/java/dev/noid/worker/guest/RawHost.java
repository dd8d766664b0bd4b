package dev.noid.worker.guest;

import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.time.Duration;

/// A host that says exactly what a test wants, frame by frame.
final class RawHost {
    private static final int SESSION = 0x1badcafe;
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final SocketChannel channel;
    private final FrameReader reader = new FrameReader();

    RawHost(SocketChannel channel) throws IOException {
        this.channel = channel;
        channel.configureBlocking(false);
    }

    void hello() throws IOException {
        send(0, FrameType.HELLO, new PayloadWriter().u16(1).u64(1).u64(0).string(""));
        next(FrameType.HELLO_OK);
    }

    void send(int channelNumber, int type, PayloadWriter payload) throws IOException {
        FakeAgent.write(channel, FrameCodec.encode(SESSION, channelNumber, type, payload.done()));
    }

    /// The next frame of this type; others before it are dropped.
    Frame next(int type) throws IOException {
        Frame frame = next();
        while (frame.type() != type) {
            frame = next();
        }
        return frame;
    }

    Frame next() throws IOException {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (System.nanoTime() < end) {
            Frame frame = reader.next();
            if (frame != null) {
                return frame;
            }
            read();
        }
        throw new AssertionError("no frame");
    }

    /// Not a byte for so long, and none is left from before.
    boolean silentFor(Duration time) throws IOException {
        long end = System.nanoTime() + time.toNanos();
        boolean silent = reader.next() == null;
        while (silent && System.nanoTime() < end) {
            silent = read() == 0;
        }
        return silent;
    }

    private int read() throws IOException {
        int count = channel.read(reader.room());
        if (count < 0) {
            throw new AssertionError("the agent closed the channel");
        }
        reader.added(count);
        if (count == 0) {
            Thread.onSpinWait();
        }
        return count;
    }
}
