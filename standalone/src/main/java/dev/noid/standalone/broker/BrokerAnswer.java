package dev.noid.standalone.broker;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.time.Duration;

/// Whether a broker answers at all, asked in the ten bytes that every version understands. A client of Kafka's own
/// would take more memory than the rest of the supervisor.
///
/// @param port on this machine
public record BrokerAnswer(int port) {
    /// `ApiVersions` of Kafka's protocol guide, which has to be answered before anything else is asked.
    private static final short API_VERSIONS = 18;

    public boolean within(Duration patience) {
        ByteBuffer question = ByteBuffer.allocate(14)
                .putInt(10) // bytes that follow
                .putShort(API_VERSIONS)
                .putShort((short) 0) // its version
                .putInt(1) // what the answer begins with
                .putShort((short) -1); // no name of a client
        try (Socket socket = new Socket()) {
            socket.setSoTimeout((int) patience.toMillis());
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), (int) patience.toMillis());
            socket.getOutputStream().write(question.array());
            return socket.getInputStream().read() >= 0;
        } catch (IOException _) {
            return false;
        }
    }
}
