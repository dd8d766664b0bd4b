package dev.noid.system;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/// Processes of this machine: run, signalled, looked for.
final class Processes {
    private Processes() {}

    static Stack.Finished run(List<String> command, Map<String, String> environment, byte[] stdin, Duration limit) {
        try {
            return Stack.finish(start(command, environment), limit, stdin);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    static Process start(List<String> command, Map<String, String> environment) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().keySet().removeIf(name -> name.startsWith("NOID_"));
        builder.environment().putAll(environment);
        return builder.start();
    }

    static void signal(String name, long pid) {
        run(List.of("kill", "-" + name, Long.toString(pid)), Map.of(), new byte[0], Duration.ofSeconds(5));
    }

    /// `pid command` of every process whose command line, environment or working directory names this text; not this
    /// process.
    static List<String> mentioning(String text) {
        try (Stream<Path> processes = Files.list(Path.of("/proc"))) {
            return processes
                    .filter(path -> path.getFileName().toString().chars().allMatch(Character::isDigit))
                    .filter(path -> Long.parseLong(path.getFileName().toString())
                            != ProcessHandle.current().pid())
                    .filter(path -> read(path.resolve("cmdline")).contains(text)
                            || read(path.resolve("environ")).contains(text)
                            || link(path.resolve("cwd")).contains(text))
                    .map(path -> path.getFileName() + " "
                            + read(path.resolve("cmdline")).replace('\0', ' ').strip())
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String read(Path file) {
        try {
            return Files.readString(file, StandardCharsets.ISO_8859_1);
        } catch (IOException gone) {
            return "";
        }
    }

    private static String link(Path file) {
        try {
            return Files.readSymbolicLink(file).toString();
        } catch (IOException gone) {
            return "";
        }
    }

    static void deleteRecursively(Path directory) {
        try (Stream<Path> files = Files.walk(directory)) {
            files.sorted(Comparator.reverseOrder())
                    .forEach(file -> file.toFile().delete());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Reads a stream to its end on a thread of its own.
    static Drain drain(InputStream in) {
        Drain drain = new Drain(new ByteArrayOutputStream());
        drain.thread = Thread.ofVirtual().start(() -> {
            try (in) {
                byte[] buffer = new byte[65536];
                for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                    synchronized (drain.bytes) {
                        drain.bytes.write(buffer, 0, n);
                    }
                }
            } catch (IOException closed) {
                // The process is gone; what was read is what there is.
            }
        });
        return drain;
    }

    static final class Drain {
        private final ByteArrayOutputStream bytes;
        private Thread thread = Thread.currentThread();

        private Drain(ByteArrayOutputStream bytes) {
            this.bytes = bytes;
        }

        /// What was read so far.
        String soFar() {
            synchronized (bytes) {
                return bytes.toString(StandardCharsets.UTF_8);
            }
        }

        /// All of it, once the stream has ended (waits at most 5 s: a grandchild may hold it open).
        String text() throws InterruptedException {
            thread.join(Duration.ofSeconds(5));
            return soFar();
        }
    }
}
