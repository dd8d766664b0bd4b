package dev.noid.standalone;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;

/// A temporary directory that PostgreSQL's unprivileged user can pass through, unlike JUnit's.
public record TestDirectory(Path path) implements AutoCloseable {

    public static TestDirectory create() throws IOException {
        Path path = Files.createTempDirectory("noid-test-").toRealPath();
        Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwx--x--x"));
        return new TestDirectory(path);
    }

    @Override
    public void close() throws IOException {
        try (var files = Files.walk(path)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        }
    }
}
