package dev.noid.standalone;

import dev.noid.standalone.postgres.ServerUser;
import dev.noid.standalone.process.AtomicFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The one directory that holds everything of a stack.
///
/// @param path absolute, without symbolic links
public record DataRoot(Path path) {
    /// Of the layout of this directory, raised when an older Noid could no longer use it.
    private static final int VERSION = 1;

    /// A directory that can't be used: what is wrong, and the way out.
    public record Refusal(String what, String hint) {}

    /// The directory `noid up` uses when nobody names one.
    public static Path usual(Map<String, String> environment) {
        String named = environment.get("NOID_DATA");
        if (named != null && !named.isBlank()) {
            return Path.of(named).toAbsolutePath().normalize();
        }
        // The server's unprivileged user can't get into root's home.
        return System.getProperty("user.name", "").equals("root")
                ? Path.of("/var/lib/noid")
                : Path.of(environment.getOrDefault("HOME", System.getProperty("user.home")), ".local/share/noid");
    }

    /// Looks at a directory, changes nothing.
    static Optional<Refusal> refusal(Path directory, ServerUser user) throws IOException {
        if (directory.toString().chars().anyMatch(Character::isISOControl)) {
            return Optional.of(new Refusal(
                    "NOID_DATA names a directory with a control character: "
                            + directory.toString().replace("\n", "\\n").replaceAll("\\p{Cntrl}", "?"),
                    "set NOID_DATA to another one"));
        }
        if (Files.exists(directory) && !Files.isDirectory(directory)) {
            return Optional.of(new Refusal(directory + " is no directory", "set NOID_DATA to another one"));
        }
        Path version = directory.resolve("version");
        if (Files.exists(version)) {
            String written = Files.readString(version).strip();
            if (!written.matches("[0-9]{1,9}") || Integer.parseInt(written) > VERSION) {
                return Optional.of(new Refusal(
                        directory + " was written by a newer Noid (layout " + written + ", this one knows " + VERSION
                                + ")",
                        "use that Noid, or set NOID_DATA to another directory"));
            }
        } else if (Files.exists(directory) && !empty(directory)) {
            return Optional.of(new Refusal(
                    directory + " is not empty and not Noid's", "set NOID_DATA to an empty or new directory"));
        }
        return user.barrier(Files.exists(directory) ? directory.toRealPath().getParent() : nearest(directory))
                .map(parent -> new Refusal(
                        "PostgreSQL runs as user " + user.name().orElse("") + ", who can't pass through " + parent,
                        "set NOID_DATA to a directory outside of it (like /var/lib/noid), or: chmod o+x " + parent));
    }

    /// The part of the way that exists.
    private static @Nullable Path nearest(Path directory) {
        Path present = directory;
        while (present != null && !Files.exists(present)) {
            present = present.getParent();
        }
        return present;
    }

    static DataRoot create(Path directory) throws IOException {
        Files.createDirectories(directory);
        DataRoot root = new DataRoot(directory.toRealPath());
        // Others may pass through (PostgreSQL's user and those of the VMs must), but neither list nor write.
        Files.setPosixFilePermissions(root.path, PosixFilePermissions.fromString("rwx--x--x"));
        if (!Files.exists(root.path.resolve("version"))) {
            AtomicFile.write(root.path.resolve("version"), VERSION + "\n", "rw-------");
        }
        ownersOnly(root.run());
        // Commands, their environment, stdin and output are in the broker's files.
        ownersOnly(root.broker());
        ownersOnly(root.logs());
        return root;
    }

    private static void ownersOnly(Path directory) throws IOException {
        Files.createDirectories(directory);
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx------"));
    }

    private static boolean empty(Path directory) throws IOException {
        try (var files = Files.list(directory)) {
            // The log of a detached start is there before anything else.
            return files.allMatch(file -> file.endsWith("logs"));
        }
    }

    public Path run() {
        return path.resolve("run");
    }

    public Path logs() {
        return path.resolve("logs");
    }

    public Path stateFile() {
        return run().resolve("state.json");
    }

    /// Written by `down` for the supervisor it ends.
    public Path downFile() {
        return run().resolve("down.json");
    }

    Path lockFile() {
        return run().resolve("lock");
    }

    /// The worker's own; it touches it while it goes on.
    Path workerLock() {
        return path.resolve("worker.lock");
    }

    Path secrets() {
        return path.resolve("secrets");
    }

    Path broker() {
        return path.resolve("broker");
    }

    Path postgres() {
        return path.resolve("postgres");
    }

    Path vms() {
        return path.resolve("vms");
    }
}
