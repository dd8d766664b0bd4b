package dev.noid.worker.host;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Finds the processes that hold a flock, by what the kernel says of their open files. A remembered pid is only where
/// to look
/// first: numbers come again.
final class LockHolder {
    private static final Path PROC = Path.of("/proc");

    private final Path lock;

    LockHolder(Path lock) throws IOException {
        this.lock = lock.toRealPath();
    }

    /// This process, when it is a holder.
    Optional<ProcessHandle> only(long pid) {
        // The handle knows when its process began; asked after it was made, the answer is about that process.
        return ProcessHandle.of(pid).filter(_ -> holds(pid));
    }

    /// All that this process may look at.
    List<ProcessHandle> all() throws IOException {
        List<ProcessHandle> holders = new ArrayList<>();
        try (DirectoryStream<Path> processes = Files.newDirectoryStream(PROC, "[0-9]*")) {
            for (Path process : processes) {
                long pid = Long.parseLong(process.getFileName().toString());
                if (holds(pid)) {
                    only(pid).ifPresent(holders::add);
                }
            }
        }
        return holders;
    }

    private boolean holds(long pid) {
        Path process = PROC.resolve(Long.toString(pid));
        try (DirectoryStream<Path> files = Files.newDirectoryStream(process.resolve("fd"))) {
            for (Path file : files) {
                Path info = process.resolve("fdinfo").resolve(file.getFileName());
                if (Files.readSymbolicLink(file).equals(lock) && locked(info)) {
                    return true;
                }
            }
            return false;
        } catch (IOException | UncheckedIOException | DirectoryIteratorException _) {
            return false; // it ended, or is not ours to look at
        }
    }

    private static boolean locked(Path info) throws IOException {
        try {
            return Files.readAllLines(info).stream()
                    .anyMatch(line -> line.startsWith("lock:") && line.contains("FLOCK"));
        } catch (NoSuchFileException _) {
            return false;
        }
    }
}
