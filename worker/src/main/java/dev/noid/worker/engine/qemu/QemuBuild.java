package dev.noid.worker.engine.qemu;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Arrays;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// Which build of QEMU the program is now, as it prints itself. An upgrade replaces its file while the worker runs, so
/// it is asked again whenever the file is another one.
final class QemuBuild {
    /// Within one, the versioned machine type keeps its promise of what a newer build can load.
    private static final Pattern SERIES = Pattern.compile("version (\\d+\\.\\d+)\\.");

    private final String program;
    private volatile @Nullable Known known;

    private record Known(String file, String build) {}

    QemuBuild(String program) {
        this.program = program;
    }

    String now() {
        Known before = known;
        String file = file();
        if (before != null && before.file().equals(file)) {
            return before.build();
        }
        Known now = new Known(file, ask(program));
        known = now;
        return now.build();
    }

    /// Changes when the program does.
    private String file() {
        try {
            Path path = program.contains("/") ? Path.of(program) : onPath();
            BasicFileAttributes file = Files.readAttributes(path, BasicFileAttributes.class);
            return path + " " + file.fileKey() + " " + file.size() + " " + file.lastModifiedTime();
        } catch (IOException _) {
            return "missing";
        }
    }

    private Path onPath() {
        String path = System.getenv().getOrDefault("PATH", "/usr/bin");
        return Arrays.stream(path.split(File.pathSeparator, -1))
                .map(directory -> Path.of(directory, program))
                .filter(Files::isExecutable)
                .findFirst()
                .orElse(Path.of(program));
    }

    static String ask(String program) {
        try {
            Process asked = new ProcessBuilder(program, "--version")
                    .redirectErrorStream(true)
                    .start();
            String said = new String(asked.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            return said.lines().findFirst().orElse("unknown");
        } catch (IOException _) {
            return "missing";
        }
    }

    /// The same words, from what a running one says of itself at its monitor.
    static String of(JsonNode version) {
        JsonNode numbers = version.path("qemu");
        String vendor = version.path("package").asString("");
        return "QEMU emulator version " + numbers.path("major").asInt() + "."
                + numbers.path("minor").asInt() + "."
                + numbers.path("micro").asInt() + (vendor.isEmpty() ? "" : " (" + vendor + ")");
    }

    static boolean sameSeries(String one, String other) {
        Optional<String> series = series(one);
        return series.isPresent() && series.equals(series(other));
    }

    private static Optional<String> series(String build) {
        Matcher found = SERIES.matcher(build);
        return found.find() ? Optional.of(found.group(1)) : Optional.empty();
    }
}
