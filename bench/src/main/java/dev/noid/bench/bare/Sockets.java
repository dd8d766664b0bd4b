package dev.noid.bench.bare;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/// Unix sockets of a program that is only starting.
final class Sockets {
    private static final long LOOK_AGAIN_NANOS = 1_000_000;

    private Sockets() {}

    /// As soon as somebody listens: a socket's file is there a moment before that.
    static SocketChannel connect(Path socket, Duration patience) throws IOException {
        long end = System.nanoTime() + patience.toNanos();
        while (true) {
            SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
            try {
                channel.connect(UnixDomainSocketAddress.of(socket));
                return channel;
            } catch (IOException refused) {
                channel.close();
                if (System.nanoTime() - end > 0) {
                    throw refused;
                }
                LockSupport.parkNanos(LOOK_AGAIN_NANOS);
            }
        }
    }
}
