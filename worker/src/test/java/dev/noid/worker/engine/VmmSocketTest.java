package dev.noid.worker.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VmmSocketTest {
    @TempDir
    Path data;

    @Test
    void theOwnerOfTheDirectoryIsConnectedTo() throws IOException {
        Path own = Files.createDirectory(data.resolve("own"));
        try (var listening = listening(own);
                var channel = VmmSocket.connect(own.resolve("a"))) {
            assertThat(listening.isOpen()).isTrue();
            assertThat(channel.isConnected()).isTrue();
        }
    }

    /// A link, as a VMM that is not itself any more could leave it.
    @Test
    void nobodyElseIsWhateverTheNameLeadsTo() throws IOException {
        assumeThat(Files.getAttribute(data, "unix:uid"))
                .as("only root gives files away")
                .isEqualTo(0);
        Path other = Files.createDirectory(data.resolve("other"));
        Path taken = Files.createDirectory(data.resolve("taken"));
        Files.createSymbolicLink(taken.resolve("a"), other.resolve("a"));
        Files.setAttribute(taken, "unix:uid", 234_567);
        try (var listening = listening(other)) {
            assertThat(listening.isOpen()).isTrue();
            assertThatThrownBy(() -> VmmSocket.connect(taken.resolve("a")))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("not by its VMM");
        }
    }

    private static ServerSocketChannel listening(Path directory) throws IOException {
        ServerSocketChannel channel = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        channel.bind(UnixDomainSocketAddress.of(directory.resolve("a")));
        return channel;
    }
}
