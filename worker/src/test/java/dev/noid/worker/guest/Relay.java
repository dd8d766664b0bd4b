package dev.noid.worker.guest;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// Stands between a session and an agent, and says to the session what a test wants it to hear from that side.
final class Relay implements AutoCloseable {
    private final Path path;
    private final AgentChannel agent;
    private final ServerSocketChannel server;
    private volatile @Nullable SocketChannel toSession;

    Relay(Path path, AgentChannel agent) throws IOException {
        this.path = path;
        this.agent = agent;
        server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        server.bind(UnixDomainSocketAddress.of(path));
        Thread.ofVirtual().start(this::accept);
    }

    SocketChannel connect() throws IOException {
        return SocketChannel.open(UnixDomainSocketAddress.of(path));
    }

    /// To the session, as if the agent had said it.
    void inject(byte[] bytes) throws IOException {
        SocketChannel session = toSession;
        if (session == null) {
            throw new IOException("nobody has connected");
        }
        session.write(ByteBuffer.wrap(bytes));
    }

    private void accept() {
        try {
            while (true) {
                SocketChannel session = server.accept();
                SocketChannel behind = agent.open();
                toSession = session;
                Thread.ofVirtual().start(() -> copy(session, behind));
                Thread.ofVirtual().start(() -> copy(behind, session));
            }
        } catch (IOException _) {
            // The test is over.
        }
    }

    private static void copy(SocketChannel from, SocketChannel to) {
        ByteBuffer bytes = ByteBuffer.allocate(4096);
        try (from;
                to) {
            while (from.read(bytes) >= 0) {
                bytes.flip();
                while (bytes.hasRemaining()) {
                    to.write(bytes);
                }
                bytes.clear();
            }
        } catch (IOException _) {
            // One side is gone, so the other goes.
        }
    }

    @Override
    public void close() throws IOException {
        server.close();
    }
}
