package dev.noid.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What `noid down` removes when no worker is left to do it.
class LeftoversTest {
    private final Path data;
    private final Path tmpfs;

    LeftoversTest(@TempDir Path directory) throws IOException {
        data = Files.createDirectory(directory.resolve("data"));
        tmpfs = Files.createDirectory(directory.resolve("tmpfs"));
    }

    /// Field case 68: a VM that was only starting left its memory for good.
    @Test
    void theMemoryOfVmsIsRemovedWithThem() throws IOException {
        Path memory = Files.createDirectory(tmpfs.resolve("noid-0123456789ab"));
        Files.createFile(memory.resolve("vm-1.1"));
        Files.writeString(data.resolve("memory-directory"), memory + "\n");
        assertThat(new Leftovers(new DataRoot(data)).endVms()).isZero();
        assertThat(memory).doesNotExist();
        assertThat(new Leftovers(new DataRoot(data)).endVms()).isZero();
    }

    @Test
    void whatAStrangersLinkLeadsToIsNot() throws IOException {
        Path precious = Files.createDirectory(tmpfs.resolve("precious"));
        Files.createFile(precious.resolve("file"));
        Path link = Files.createSymbolicLink(tmpfs.resolve("noid-0123456789ab"), precious);
        Files.writeString(data.resolve("memory-directory"), link + "\n");
        assertThat(new Leftovers(new DataRoot(data)).endVms()).isZero();
        assertThat(precious.resolve("file")).exists();
        assertThat(link).exists();
    }
}
