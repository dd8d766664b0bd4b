package dev.noid.worker.guest;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/// The other end of the channel, doing whatever a test wants of it. Reads and keeps all frames, answers HELLO
/// by itself when told so.
final class FakeAgent implements AutoCloseable {
    private final ServerSocketChannel server;
    private final Path path;
    private final BlockingQueue<Frame> heard = new LinkedBlockingQueue<>();
    private final BlockingQueue<SocketChannel> connections = new LinkedBlockingQueue<>();
    volatile String bootId = "boot-1";
    /// An agent of the first version, as VMs that outlive an upgrade have it.
    volatile int protocol = 1;
    volatile boolean answers = true;
    volatile boolean frozen;
    volatile boolean reads = true;
    volatile Set<String> execs = Set.of();
    volatile int session;
    /// What the last HELLO said.
    volatile byte[] hello = {};

    FakeAgent(Path path) throws IOException {
        this.path = path;
        server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        server.bind(UnixDomainSocketAddress.of(path));
        Thread.ofVirtual().start(this::accept);
    }

    AgentChannel way() {
        return () -> SocketChannel.open(UnixDomainSocketAddress.of(path));
    }

    private void accept() {
        try {
            while (true) {
                SocketChannel connection = server.accept();
                connections.add(connection);
                Thread.ofVirtual().start(() -> read(connection));
            }
        } catch (IOException _) {
            // The test is over.
        }
    }

    private void read(SocketChannel connection) {
        FrameReader reader = new FrameReader();
        try {
            while (reads) {
                int count = connection.read(reader.room());
                if (count < 0) {
                    return;
                }
                reader.added(count);
                for (Frame frame = reader.next(); frame != null; frame = reader.next()) {
                    if (frame.type() == FrameType.HELLO) {
                        session = frame.session();
                        hello = frame.payload();
                        if (answers) {
                            helloOk(connection);
                        }
                    } else {
                        heard.add(frame);
                    }
                }
            }
        } catch (IOException _) {
            // Closed by the test or the session.
        }
    }

    private void helloOk(SocketChannel connection) throws IOException {
        PayloadWriter payload = new PayloadWriter()
                .u16(protocol)
                .string(bootId)
                .u64(1)
                .u8(frozen ? 1 : 0)
                .u32(execs.size());
        execs.forEach(id -> payload.string(id).u8(2));
        write(connection, FrameCodec.encode(session, 0, FrameType.HELLO_OK, payload.done()));
    }

    /// The newest connection.
    SocketChannel connection() throws InterruptedException {
        SocketChannel newest = connections.poll(5, TimeUnit.SECONDS);
        if (newest == null) {
            throw new AssertionError("nobody connected");
        }
        return newest;
    }

    /// The next frame of this type; others before it are dropped.
    Frame next(int type) throws InterruptedException {
        for (Frame frame = heard.poll(5, TimeUnit.SECONDS); frame != null; frame = heard.poll(5, TimeUnit.SECONDS)) {
            if (frame.type() == type) {
                return frame;
            }
        }
        throw new AssertionError("no frame of type " + Integer.toHexString(type));
    }

    /// The next frame, whatever it is.
    Frame next() throws InterruptedException {
        Frame frame = heard.poll(5, TimeUnit.SECONDS);
        if (frame == null) {
            throw new AssertionError("no frame");
        }
        return frame;
    }

    boolean heardNothing() {
        return heard.isEmpty();
    }

    void say(SocketChannel connection, int channel, int type, PayloadWriter payload) throws IOException {
        write(connection, FrameCodec.encode(session, channel, type, payload.done()));
    }

    static void write(SocketChannel connection, byte[] bytes) throws IOException {
        ByteBuffer left = ByteBuffer.wrap(bytes);
        while (left.hasRemaining()) {
            connection.write(left);
        }
    }

    @Override
    public void close() throws IOException {
        server.close();
        for (SocketChannel connection : connections) {
            connection.close();
        }
    }
}
