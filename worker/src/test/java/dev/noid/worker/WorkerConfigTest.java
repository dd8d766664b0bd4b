package dev.noid.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.noid.schema.config.ConfigException;
import dev.noid.schema.config.ConfigReader;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WorkerConfigTest {
    @TempDir
    Path data;

    private WorkerConfig read(Map<String, String> more) {
        Map<String, String> environment = new HashMap<>(Map.of(
                "NOID_KAFKA", "127.0.0.1:9092",
                "NOID_DATABASE_URL", "jdbc:postgresql://127.0.0.1/noid",
                "NOID_DATA", data.toString(),
                "NOID_ENGINE", "qemu"));
        environment.putAll(more);
        return WorkerConfig.read(new ConfigReader(environment, null));
    }

    @Test
    void thePoolsShareIsNotForVmsThatSomebodyHas() {
        assertThat(read(Map.of("NOID_MEMORY", "4096", "NOID_POOL", "1", "NOID_POOL_MEMORY", "512"))
                        .memoryForVmsMib())
                .isEqualTo(4096 - 512);
        assertThat(read(Map.of("NOID_MEMORY", "4096", "NOID_POOL", "0")).memoryForVmsMib())
                .isEqualTo(4096);
    }

    @Test
    void allThatIsWrongIsSaidAtOnce() {
        assertThatThrownBy(() -> read(Map.of("NOID_MEMORY", "1", "NOID_POOL", "many", "NOID_HOST", "Not A Name")))
                .isInstanceOf(ConfigException.class)
                .hasMessageContainingAll("memory", "pool", "host is 'Not A Name'");
    }

    /// Attack D1.
    @Test
    void moreMemoryThanTheTmpfsHoldsIsRefused() {
        Map<String, String> much = Map.of("NOID_MEMORY", "16000000", "NOID_TMPFS", "/dev/shm");
        assertThatThrownBy(() -> read(much))
                .isInstanceOf(ConfigException.class)
                .hasMessageContainingAll("memory is 16000000", "/dev/shm", "NOID_MEMORY", "NOID_TMPFS");
    }

    @Test
    void whatTheHostCanGiveNowIsThePoolsFirst() {
        WorkerConfig config = read(Map.of("NOID_MEMORY", "4096", "NOID_POOL", "1", "NOID_POOL_MEMORY", "512"));
        assertThat(config.backedMib(8192L << 20)).isEqualTo(4096 - 512);
        assertThat(config.backedMib(2048L << 20)).isEqualTo(2048 - 512);
        assertThat(config.backedMib(0)).isZero();
    }
}
