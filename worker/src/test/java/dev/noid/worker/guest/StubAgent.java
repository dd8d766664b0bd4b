package dev.noid.worker.guest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.noid.schema.Deadline;
import dev.noid.worker.engine.GuestFiles;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// The real agent as an ordinary process, and sessions with it.
final class StubAgent {
    private final Path socket;
    final Path root;
    final Process process;
    private final List<GuestSession> sessions = new ArrayList<>();

    StubAgent(Path directory, String... more) throws Exception {
        socket = directory.resolve("a");
        root = Files.createDirectories(directory.resolve("root"));
        List<String> command = new ArrayList<>(
                List.of(GuestFiles.agent().toString(), "--listen", socket.toString(), "--root", root.toString()));
        command.addAll(List.of(more));
        process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("log").toFile())
                .start();
        await().until(() -> Files.exists(socket));
    }

    SocketChannel connect() throws IOException {
        return SocketChannel.open(UnixDomainSocketAddress.of(socket));
    }

    GuestSession session(long generation) throws InterruptedException {
        Hello hello = new Hello("vm-still", "still", generation, Clock.systemUTC());
        GuestSession session = GuestSession.open(this::connect, hello, () -> {});
        sessions.add(session);
        assertThat(session.greeting(Deadline.after(Duration.ofSeconds(10)))).isEqualTo(Greeting.READY);
        return session;
    }

    void end() throws Exception {
        List<ProcessHandle> left = process.descendants().toList();
        sessions.forEach(GuestSession::close);
        process.destroyForcibly();
        left.forEach(ProcessHandle::destroyForcibly);
        assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
    }
}
