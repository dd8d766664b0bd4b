package dev.noid.worker.engine.qemu;

import dev.noid.worker.engine.VmmEye;
import dev.noid.worker.host.LastLine;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/// Watches a QEMU by its monitor: why it ends, and what its guest's console said.
final class QmpEye implements VmmEye {
    private static final Duration ANSWER = Duration.ofSeconds(1);
    private static final int CONSOLE_BYTES = 4096;

    private final Path socket;
    private final Thread thread;
    private volatile boolean closed;
    private volatile Optional<QmpClient> client = Optional.empty();
    private volatile boolean guestShutDown;

    private QmpEye(Path socket, String vm) {
        this.socket = socket;
        this.thread = Thread.ofVirtual().name("qmp-" + vm).unstarted(this::run);
    }

    static QmpEye open(Path socket, String vm) {
        QmpEye eye = new QmpEye(socket, vm);
        eye.thread.start();
        return eye;
    }

    private void run() {
        UnixDomainSocketAddress address = UnixDomainSocketAddress.of(socket);
        while (!closed) {
            try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
                channel.connect(address);
                QmpClient connected = new QmpClient(channel, this::event);
                client = Optional.of(connected);
                if (closed) {
                    return;
                }
                connected.run();
                return; // the VMM ended
            } catch (IOException _) {
                pause(); // it has no socket yet
            }
        }
    }

    private void event(String name, JsonNode data) {
        if (name.equals("SHUTDOWN")) {
            guestShutDown = data.path("guest").asBoolean(false);
        }
    }

    @Override
    public boolean guestShutDown() {
        return guestShutDown;
    }

    @Override
    public String console() {
        Map<String, Object> arguments = Map.of("device", "console", "size", CONSOLE_BYTES, "format", "utf8");
        return LastLine.of(client.flatMap(qmp -> qmp.ask("ringbuf-read", arguments, ANSWER))
                .map(answer -> answer.asString(""))
                .orElse(""));
    }

    @Override
    public void close() {
        closed = true;
        client.ifPresent(QmpClient::close);
    }

    private static void pause() {
        try {
            Thread.sleep(Duration.ofMillis(20));
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }
}
