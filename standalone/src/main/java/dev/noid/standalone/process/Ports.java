package dev.noid.standalone.process;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.concurrent.ThreadLocalRandom;

/// Ports of the loopback address.
public final class Ports {
    /// Below the kernel's range for outgoing connections (32768 and up), so that no connection takes a part's port
    /// while the part restarts.
    private static final int FROM = 20_000;

    private static final int TO = 32_000;
    private static final int TRIES = 200;

    private Ports() {}

    public static boolean free(int port) {
        try (ServerSocket socket = new ServerSocket()) {
            socket.setReuseAddress(true);
            socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            return true;
        } catch (IOException _) {
            return false;
        }
    }

    /// `wanted` when that is free (0: no wish), else another.
    public static int freeOne(int wanted) {
        if (wanted != 0 && free(wanted)) {
            return wanted;
        }
        for (int i = 0; i < TRIES; i++) {
            int port = ThreadLocalRandom.current().nextInt(FROM, TO);
            if (free(port)) {
                return port;
            }
        }
        throw new IllegalStateException("no free port found from " + FROM + " to " + TO);
    }
}
