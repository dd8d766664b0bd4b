package dev.noid.worker.engine;

import dev.noid.worker.host.ffi.ShortPath;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.UserPrincipal;
import jdk.net.ExtendedSocketOptions;

/// Connections to the sockets of a VMM.
public final class VmmSocket {
    private VmmSocket() {}

    /// Connects to a socket in a VMM's run directory. That directory is the VMM's own: one that a guest has taken over
    /// can put there a link to another VM's socket, which this process could follow. So whoever listens has to be
    /// the user the directory belongs to.
    public static SocketChannel connect(Path socket) throws IOException {
        SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
        try (ShortPath near = new ShortPath(socket)) {
            channel.connect(UnixDomainSocketAddress.of(near.path()));
            UserPrincipal listens =
                    channel.getOption(ExtendedSocketOptions.SO_PEERCRED).user();
            UserPrincipal owner = Files.getOwner(socket.resolveSibling("."), LinkOption.NOFOLLOW_LINKS);
            if (!listens.equals(owner)) {
                throw new IOException(socket + " is answered by user " + listens.getName() + ", not by its VMM");
            }
            return channel;
        } catch (IOException | RuntimeException failed) {
            channel.close();
            throw failed;
        }
    }
}
