package dev.noid.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WorkerAnswerTest {
    private static final Instant NOW = Instant.parse("2026-12-01T12:00:00Z");
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    @Test
    void aLockThatWasNotTouchedForLongIsNoAnswer(@TempDir Path directory) throws IOException {
        Path lock = directory.resolve("worker.lock");
        WorkerAnswer answer = new WorkerAnswer(lock, () -> NOW);
        assertThat(answer.within(PATIENCE)).isFalse();
        Files.createFile(lock);
        Files.setLastModifiedTime(lock, FileTime.from(NOW.minusSeconds(14)));
        assertThat(answer.within(PATIENCE)).isTrue();
        Files.setLastModifiedTime(lock, FileTime.from(NOW.minusSeconds(16)));
        assertThat(answer.within(PATIENCE)).isFalse();
    }
}
