package dev.noid.bench.bare;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;

/// What was kept of a bare VM.
///
/// @param disk        a layer that nobody writes any more; its VM's, and gone with it
/// @param pauseMillis between `stop` and `cont`
public record BareCheckpoint(Path directory, Path disk, double pauseMillis) {
    private static final int BLOCK = 512;

    Path state() {
        return state(directory);
    }

    Path memory() {
        return memory(directory);
    }

    static Path state(Path directory) {
        return directory.resolve("state");
    }

    static Path memory(Path directory) {
        return directory.resolve("mem");
    }

    /// Forces it to the disk.
    public void sync() throws IOException {
        for (Path file : List.of(state(), memory(), disk)) {
            try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
                channel.force(true);
            }
        }
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    /// Allocated for memory and devices.
    public long bytes() throws IOException {
        return allocated(state()) + allocated(memory());
    }

    /// As `du` counts.
    public static long allocated(Path file) throws IOException {
        Process stat = new ProcessBuilder("stat", "-c", "%b", file.toString()).start();
        String blocks = new String(stat.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
        return Long.parseLong(blocks.strip()) * BLOCK;
    }

    public void remove() throws IOException {
        Files.deleteIfExists(state());
        Files.deleteIfExists(memory());
        Files.deleteIfExists(directory);
    }
}
