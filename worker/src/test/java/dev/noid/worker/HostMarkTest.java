package dev.noid.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.noid.schema.config.ConfigException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Whose directory it is, so that nobody takes what is in it for left over.
class HostMarkTest {
    private static final HostMark BOX = new HostMark("box", "host-1");

    @TempDir
    Path data;

    @Test
    void aDirectoryIsMarkedOnceAndSaysWhoseItIs() {
        assertThat(HostMark.read(data)).isEmpty();
        BOX.write(data);
        assertThat(HostMark.read(data)).contains(BOX);
        BOX.check(data, "box", Optional.of("host-1"));
    }

    @Test
    void anotherNameIsRefusedWithTheWayOut() {
        assertThatThrownBy(() -> BOX.check(data, "new-name", Optional.empty()))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("'new-name'")
                .hasMessageContaining(data.toString())
                .hasMessageContaining("NOID_HOST=box");
    }

    @Test
    void anotherDatabaseIsRefused() {
        assertThatThrownBy(() -> BOX.check(data, "box", Optional.empty()))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("does not know it");
        assertThatThrownBy(() -> BOX.check(data, "box", Optional.of("host-2")))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("host-2");
    }

    @Test
    void oneThatCanNotBeReadIsNotTakenForNone() throws IOException {
        Files.writeString(data.resolve("host"), "");
        assertThatThrownBy(() -> HostMark.read(data))
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageContaining("damaged");
    }
}
