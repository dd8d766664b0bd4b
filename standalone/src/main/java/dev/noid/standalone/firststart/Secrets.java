package dev.noid.standalone.firststart;

import dev.noid.schema.TokenFormat;
import dev.noid.standalone.process.AtomicFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.function.Supplier;

/// Passwords and the admin token, one file each (0600), made when missing. They are written before anything uses them,
/// so a crash at any line leaves files that the next start goes on with.
public final class Secrets {
    private static final int PASSWORD_BYTES = 24;

    private final Path directory;
    private final SecureRandom random = new SecureRandom();

    public Secrets(Path directory) throws IOException {
        this.directory = directory;
        Files.createDirectories(directory);
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx------"));
    }

    /// The file that holds a role's password.
    public Path passwordFile(String role) throws IOException {
        Path file = directory.resolve(role + "-password");
        have(file, () -> {
            byte[] bytes = new byte[PASSWORD_BYTES];
            random.nextBytes(bytes);
            return java.util.HexFormat.of().formatHex(bytes);
        });
        return file;
    }

    public String password(String role) throws IOException {
        return Files.readString(passwordFile(role)).strip();
    }

    public Path adminTokenFile() {
        return directory.resolve("admin-token");
    }

    public String adminToken() throws IOException {
        return have(adminTokenFile(), () -> TokenFormat.mint(random));
    }

    private static String have(Path file, Supplier<String> made) throws IOException {
        if (!Files.exists(file)) {
            AtomicFile.write(file, made.get() + "\n", "rw-------");
        }
        return Files.readString(file).strip();
    }
}
