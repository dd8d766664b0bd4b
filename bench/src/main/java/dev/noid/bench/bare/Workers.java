package dev.noid.bench.bare;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/// Processes by the directory they work in: each VM has one of its own.
public final class Workers {
    private Workers() {}

    /// Of the directory or of one below it.
    static List<ProcessHandle> below(Path directory) throws IOException {
        Path real = directory.toRealPath();
        try (Stream<ProcessHandle> all = ProcessHandle.allProcesses()) {
            return all.filter(process -> worksBelow(process, real)).toList();
        }
    }

    /// What a figure that failed has left.
    public static void endBelow(Path directory) throws IOException {
        for (ProcessHandle process : below(directory)) {
            process.destroyForcibly();
            process.onExit().join();
        }
    }

    private static boolean worksBelow(ProcessHandle process, Path directory) {
        try {
            return Files.readSymbolicLink(Path.of("/proc", Long.toString(process.pid()), "cwd"))
                    .startsWith(directory);
        } catch (IOException _) {
            return false; // it is gone
        }
    }
}
