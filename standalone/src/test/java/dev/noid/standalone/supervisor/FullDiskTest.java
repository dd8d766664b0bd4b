package dev.noid.standalone.supervisor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Files that can't be written for a while stop nothing else.
class FullDiskTest {
    @Test
    void aStateThatCanNotBeWrittenIsKeptAndWrittenWithTheNextChange(@TempDir Path directory) throws IOException {
        Path run = Files.createDirectory(directory.resolve("run"));
        Path file = run.resolve("state.json");
        StateFile state = StateFile.create(
                file, new StackState("http://x", 1, 1, Instant.EPOCH, 1, List.of(part(PartState.STARTING))));
        Files.delete(file);
        Files.delete(run);
        state.update(part(PartState.RUNNING));
        assertThat(state.state().parts()).containsExactly(part(PartState.RUNNING));
        Files.createDirectory(run);
        state.update(part(PartState.RESTARTING));
        assertThat(StateFile.read(file).orElseThrow().parts()).containsExactly(part(PartState.RESTARTING));
    }

    @Test
    void aLogThatCanNotBeKeptIsEmptiedAllTheSame(@TempDir Path directory) throws IOException {
        PartLogs logs = new PartLogs(directory, 10);
        Files.writeString(logs.file("x"), "more than ten bytes");
        Files.createDirectories(directory.resolve("x.log.1").resolve("in-the-way"));
        assertThatThrownBy(() -> logs.bound("x")).isInstanceOf(IOException.class);
        assertThat(logs.file("x")).isEmptyFile();
    }

    private static PartStatus part(PartState state) {
        return new PartStatus("x", null, null, 0, state, Instant.EPOCH, null);
    }
}
