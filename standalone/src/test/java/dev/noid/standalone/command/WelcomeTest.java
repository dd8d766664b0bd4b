package dev.noid.standalone.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.noid.standalone.DataRoot;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WelcomeTest {
    private final Path directory;
    private final Welcome welcome;

    WelcomeTest(@TempDir Path directory) {
        this.directory = directory;
        // Port 1: nobody answers there.
        this.welcome =
                new Welcome(new DataRoot(directory), "http://127.0.0.1:1", "secret", directory.resolve("admin-token"));
    }

    @Test
    void aConfigurationThatCanNotBeWrittenIsSaidWithAnotherWay() throws IOException {
        Path file = Files.createFile(directory.resolve("file"));
        welcome.configureCli(Map.of("XDG_CONFIG_HOME", file.toString()));
        assertThat(welcome.text())
                .contains(file + "/noid/config.toml can't be used (")
                .contains("export NOID_SERVER=http://127.0.0.1:1 NOID_TOKEN=\"$(cat '" + directory + "/admin-token')\"")
                .doesNotContain("secret");
        assertThat(directory.resolve("cli.toml")).content().contains("secret");
    }

    @Test
    void aConfigurationThatIsFreeIsUsed() throws IOException {
        welcome.configureCli(Map.of("XDG_CONFIG_HOME", directory.toString()));
        Path file = directory.resolve("noid").resolve("config.toml");
        assertThat(welcome.text()).contains(file + " points here").doesNotContain("export");
        assertThat(file).content().contains("secret");
    }
}
