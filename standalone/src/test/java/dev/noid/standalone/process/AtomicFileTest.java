package dev.noid.standalone.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AtomicFileTest {
    private final Path directory;
    private final Path file;

    AtomicFileTest(@TempDir Path directory) {
        this.directory = directory;
        this.file = directory.resolve("config.toml");
    }

    @Test
    void manyWhoWriteAtOnceAreNotInEachOthersWay() throws Exception {
        try (var threads = Executors.newFixedThreadPool(8)) {
            List<Future<?>> writes = new ArrayList<>();
            for (int i = 0; i < 200; i++) {
                writes.add(threads.submit(() -> {
                    AtomicFile.write(file, "whole\n", "rw-------");
                    return null;
                }));
            }
            for (Future<?> write : writes) {
                write.get();
            }
        }
        assertThat(Files.readString(file)).isEqualTo("whole\n");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
        assertThat(names()).containsExactly("config.toml");
    }

    @Test
    void aWriteThatFailsLeavesNothing() throws IOException {
        Files.createDirectory(file);
        Files.createFile(file.resolve("in the way"));
        assertThatThrownBy(() -> AtomicFile.write(file, "x", "rw-------")).isInstanceOf(IOException.class);
        assertThat(names()).containsExactly("config.toml");
    }

    private List<String> names() throws IOException {
        try (var files = Files.list(directory)) {
            return files.map(path -> path.getFileName().toString()).toList();
        }
    }
}
