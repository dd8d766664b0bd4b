package dev.noid.worker.guest;

import java.io.IOException;
import java.nio.channels.SocketChannel;

/// The way to one agent. It is a pipe and not a connection: what was written before may still lie in it.
@FunctionalInterface
public interface AgentChannel {
    /// A blocking channel, or an exception when nobody listens (yet).
    SocketChannel open() throws IOException;
}
