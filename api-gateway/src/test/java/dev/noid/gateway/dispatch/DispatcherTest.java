package dev.noid.gateway.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.noid.gateway.store.Database;
import dev.noid.gateway.store.DatabaseConfig;
import dev.noid.gateway.store.Outgoing;
import dev.noid.schema.job.JobSpec;
import dev.noid.schema.job.JobState;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What a request pays for a broker that is away.
final class DispatcherTest {
    @Test
    void many_commands_at_once_do_not_each_wait_for_a_broker_that_is_away(@TempDir Path directory) throws Exception {
        Path password = Files.createFile(directory.resolve("password"));
        try (Database database = new Database(new DatabaseConfig("jdbc:postgresql://127.0.0.1:1/x", "x", password));
                CommandProducer producer = new CommandProducer("127.0.0.1:1");
                Dispatcher dispatcher = new Dispatcher(database, producer, () -> {})) {
            List<Outgoing> many =
                    IntStream.range(0, 50).mapToObj(DispatcherTest::outgoing).toList();
            long began = System.nanoTime();
            dispatcher.publish(many);
            assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(3));
        }
    }

    private static Outgoing outgoing(int number) {
        return new Outgoing(
                "job-" + number, 1, JobState.PLACED, "tenant-1", "vm-1", 1, 0, "host-1", 0, new JobSpec.Destroy());
    }
}
