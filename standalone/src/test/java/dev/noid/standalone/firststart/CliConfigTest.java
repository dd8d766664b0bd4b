package dev.noid.standalone.firststart;

import static org.assertj.core.api.Assertions.assertThat;

import dev.noid.schema.TokenFormat;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What the first start writes for people.
class CliConfigTest {
    private final Path file;

    CliConfigTest(@TempDir Path directory) {
        this.file = directory.resolve("noid").resolve("config.toml");
    }

    @Test
    void aMissingFileIsMadeForItsOwnerOnly() throws IOException {
        assertThat(new CliConfig(file).use("http://127.0.0.1:7070", "t1")).isTrue();
        assertThat(Files.readString(file)).isEqualTo("server = \"http://127.0.0.1:7070\"\ntoken = \"t1\"\n");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
    }

    @Test
    void otherKeysAndTablesStay() throws IOException {
        write(
                "# mine\nvm = \"box\"\nserver = \"http://127.0.0.1:7070\"\ntoken = 'old'\n\n[other]\ntoken = \"theirs\"\n");
        assertThat(new CliConfig(file).use("http://127.0.0.1:7070", "new")).isTrue();
        assertThat(Files.readString(file)).isEqualTo("""
                        server = "http://127.0.0.1:7070"
                        token = "new"
                        # mine
                        vm = "box"

                        [other]
                        token = "theirs"
                        """);
    }

    @Test
    void anotherServersTokenIsLeftAlone() throws IOException {
        String theirs = "server = \"https://noid.example.org\"\ntoken = \"precious\"\n";
        write(theirs);
        assertThat(new CliConfig(file).use("http://127.0.0.1:7070", "t1")).isFalse();
        assertThat(Files.readString(file)).isEqualTo(theirs);
    }

    @Test
    void theSameStackOnAnotherPortIsFollowed() throws IOException {
        write("server = \"http://127.0.0.1:7070\"\ntoken = \"t1\"\n");
        assertThat(new CliConfig(file).use("http://127.0.0.1:9999", "t1")).isTrue();
        assertThat(Files.readString(file)).contains("9999").doesNotContain("7070");
    }

    @Test
    void secretsAreMadeOnceAndForTheirOwnerOnly() throws IOException {
        Path directory = file.resolveSibling("secrets");
        String token = new Secrets(directory).adminToken();
        assertThat(TokenFormat.wellFormed(token)).isTrue();
        assertThat(new Secrets(directory).adminToken()).isEqualTo(token);
        assertThat(new Secrets(directory).password("a")).isNotEqualTo(new Secrets(directory).password("b"));
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(directory.resolve("a-password"))))
                .isEqualTo("rw-------");
    }

    @Test
    void aTypoInATokenIsSeenWithoutTheDatabase() {
        String token = TokenFormat.mint(new SecureRandom());
        char wrong = token.charAt(10) == 'x' ? 'y' : 'x';
        assertThat(token).hasSize(41).startsWith("noid_");
        assertThat(TokenFormat.wellFormed(token.substring(0, 10) + wrong + token.substring(11)))
                .isFalse();
        assertThat(TokenFormat.wellFormed("noid_short")).isFalse();
    }

    private void write(String text) throws IOException {
        Files.createDirectories(Objects.requireNonNull(file.getParent()));
        Files.writeString(file, text);
    }
}
