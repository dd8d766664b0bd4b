package dev.noid.worker.vm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.noid.worker.checkpoint.SavedDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class TemplatesTest {
    private final StubHost host;

    TemplatesTest(@TempDir Path data) throws Exception {
        host = new StubHost(data);
    }

    @AfterEach
    void nothingIsLeft() throws IOException {
        host.life.erase("vm-1", LiveVm.Fate.DESTROYED, () -> {});
        assertThat(host.processes()).isEmpty();
    }

    @Test
    void thoseOfAnotherBuildAndHalfMadeOnesGoAtTheStartAndTheOthersStay() throws Exception {
        host.templates.sweep();
        LiveVm live = host.booted("vm-1", 64);
        host.templates.make(live, () -> false, new Timing(System::nanoTime));
        SavedDirectory template = host.templates.find(live.record()).orElseThrow();
        Path all = template.parent();
        // As with another build: its content would have led to another key.
        Path other = Files.createDirectories(all.resolve("0".repeat(16)));
        Files.copy(template.path().resolve("manifest.json"), other.resolve("manifest.json"));
        Files.createDirectories(all.resolve("1".repeat(16)));
        Files.createDirectories(all.resolve(".new-" + "2".repeat(16)));
        Files.createDirectories(all.resolve(".trash-" + "3".repeat(16)));

        host.templates.sweep();
        assertThat(List.of(Objects.requireNonNull(all.toFile().list()))).containsExactly(template.name());
        assertThat(host.templates.find(live.record())).contains(template);
    }
}
