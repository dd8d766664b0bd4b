package dev.noid.schema.record;

import dev.noid.schema.Deadline;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;

/// Waits for a broker that is only starting. Kafka's clients could wait themselves, but they back off up to a second
/// while they do, and the one for administration asks ever more often.
final class BrokerPort {
    private static final int POLL_MILLIS = 20;
    private static final int CONNECT_MILLIS = 2_000;

    private BrokerPort() {}

    /// Returns when one of the addresses (`host:port,…`) takes connections. Throws IllegalStateException when none did
    /// within `span`.
    static void await(String bootstrap, Duration span) throws InterruptedException {
        for (Deadline deadline = Deadline.after(span); !deadline.passed(); Thread.sleep(POLL_MILLIS)) {
            for (String address : bootstrap.split(",", -1)) {
                if (answers(address.strip())) {
                    return;
                }
            }
        }
        throw new IllegalStateException("no broker answers at " + bootstrap);
    }

    private static boolean answers(String address) {
        int colon = address.lastIndexOf(':');
        try (Socket socket = new Socket()) {
            socket.connect(
                    new InetSocketAddress(
                            address.substring(0, Math.max(0, colon)), Integer.parseInt(address.substring(colon + 1))),
                    CONNECT_MILLIS);
            return true;
        } catch (IOException | IllegalArgumentException _) {
            return false;
        }
    }
}
