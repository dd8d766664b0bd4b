package dev.noid.schema.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigReaderTest {
    enum Engine {
        AUTO,
        QEMU
    }

    @Test
    void environment_beats_the_file_and_the_file_beats_the_default(@TempDir Path directory) throws IOException {
        Path file = Files.writeString(directory.resolve("config.toml"), "kafka = \"from-file\"\nmemory = 512\n");
        ConfigReader reader = new ConfigReader(Map.of("NOID_KAFKA", "from-env", "HOME", "/ignored"), file);

        assertThat(reader.string("kafka", "default")).isEqualTo("from-env");
        assertThat(reader.integer("memory", 64, 1, 1024)).isEqualTo(512);
        assertThat(reader.oneOf("engine", Engine.AUTO, Engine.class)).isEqualTo(Engine.AUTO);
        reader.finish();
        assertThat(reader.effective()).containsEntry("kafka", "from-env").containsEntry("engine", "auto");
    }

    @Test
    void every_problem_is_said_at_once_with_the_likely_name() {
        ConfigReader reader =
                new ConfigReader(Map.of("NOID_MEMROY", "1", "NOID_MEMORY", "lots", "NOID_ENGINE", "xen"), null);
        reader.integer("memory", 64, 1, 1024);
        reader.oneOf("engine", Engine.AUTO, Engine.class);
        reader.required("kafka");

        assertThatThrownBy(reader::finish)
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("4 problems")
                .hasMessageContaining("memory is 'lots', but must be a whole number from 1 to 1024")
                .hasMessageContaining("engine is 'xen', but must be one of [auto, qemu]")
                .hasMessageContaining("kafka is not set: give NOID_KAFKA")
                .hasMessageContaining("NOID_MEMROY is not known: did you mean NOID_MEMORY?");
    }

    @Test
    void what_only_the_environment_can_set_is_refused_in_the_file(@TempDir Path directory) throws IOException {
        Path file = Files.writeString(directory.resolve("config.toml"), "port = 8080\npool = 2\n");
        assertThatThrownBy(() -> new ConfigReader(Map.of("NOID_TOKEN", "t"), file).finish())
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("port is read from the environment only")
                .hasMessageContaining("NOID_PORT")
                .hasMessageNotContainingAny("pool", "NOID_TOKEN");
    }

    @Test
    void a_file_that_is_no_toml_is_a_problem_like_the_others(@TempDir Path directory) throws IOException {
        Path file = Files.writeString(directory.resolve("config.toml"), "kafka = \n");
        assertThatThrownBy(() -> new ConfigReader(Map.of(), file).finish())
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("config.toml can't be read");
    }
}
