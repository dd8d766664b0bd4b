package dev.noid.worker.engine.qemu;

import dev.noid.worker.host.VmUser;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The directory on tmpfs that holds the memory of one stack's VMs. All users of the host may make names there, so a
/// name that could be known beforehand could be somebody else's: each one is random, made by this user, and its path
/// is kept in the data directory, for the next worker and for who removes what a killed one left.
public final class MemoryDirectory {
    private static final String KEPT_IN = "memory-directory";
    private static final SecureRandom RANDOM = new SecureRandom();

    private final Path data;
    private final Path tmpfs;
    private @Nullable Path current;

    private MemoryDirectory(Path data, Path tmpfs) {
        this.data = data;
        this.tmpfs = tmpfs;
    }

    /// @param data  root of this stack's files
    /// @param tmpfs a directory on tmpfs that stacks share, such as `/dev/shm`
    public static MemoryDirectory of(Path data, Path tmpfs) throws IOException {
        MemoryDirectory directory = new MemoryDirectory(data, tmpfs);
        Path kept = directory.kept();
        if (kept != null && ours(kept)) {
            directory.current = kept;
            return directory;
        }
        // Of a version that made the name from the data directory's: its VMs may run.
        Path before = tmpfs.resolve("noid-" + hashOf(data));
        if (kept == null && ours(before)) {
            directory.keep(before);
            directory.current = before;
        }
        return directory;
    }

    /// The directory that all stacks of the host share.
    Path tmpfs() {
        return tmpfs;
    }

    /// Where files are; a place where none is when there are none.
    synchronized Path path() throws IOException {
        Path now = current == null ? kept() : current;
        // Its name outlives it, so somebody who knows it may have put something of theirs there.
        return now != null && ours(now) ? now : data.resolve("no-memory-directory");
    }

    /// Makes it when it is not there; `user` may pass through it.
    synchronized Path make(VmUser user) throws IOException {
        Path now = current;
        if (now == null || !ours(now)) {
            byte[] name = new byte[12];
            RANDOM.nextBytes(name);
            now = tmpfs.resolve("noid-" + HexFormat.of().formatHex(name));
            keep(now);
            Files.createDirectories(tmpfs);
            Files.createDirectory(
                    now, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            current = now;
        }
        user.passThrough(now);
        return now;
    }

    /// It goes with its last file. The next one has another name, as everybody may know this one by now.
    synchronized void removeEmpty() throws IOException {
        Path now = current;
        if (now == null || !ours(now)) {
            current = null;
            return;
        }
        try {
            Files.deleteIfExists(now);
            current = null;
        } catch (DirectoryNotEmptyException _) {
            return; // others run
        }
    }

    private @Nullable Path kept() throws IOException {
        try {
            // An absolute path, or the name of an earlier version.
            Path kept = tmpfs.resolve(Files.readString(data.resolve(KEPT_IN)).strip());
            Path name = kept.getFileName();
            return name != null && name.toString().matches("noid-[0-9a-f]{12,64}") ? kept : null;
        } catch (NoSuchFileException _) {
            return null;
        }
    }

    private void keep(Path directory) throws IOException {
        Path file = data.resolve(KEPT_IN);
        Path next = data.resolve(KEPT_IN + ".new");
        Files.deleteIfExists(next);
        Files.createFile(next, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.writeString(next, directory + "\n");
        Files.move(next, file, StandardCopyOption.ATOMIC_MOVE);
    }

    /// A directory, no link to one, that this user made and only this user may write to.
    private static boolean ours(Path directory) throws IOException {
        if (!Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)) {
            return false;
        }
        Object owner = Files.getAttribute(directory, "unix:uid", LinkOption.NOFOLLOW_LINKS);
        Set<PosixFilePermission> rights = Files.getPosixFilePermissions(directory, LinkOption.NOFOLLOW_LINKS);
        return owner.equals(Files.getAttribute(Path.of("/proc/self"), "unix:uid"))
                && !rights.contains(PosixFilePermission.GROUP_WRITE)
                && !rights.contains(PosixFilePermission.OTHERS_WRITE);
    }

    private static String hashOf(Path path) {
        try {
            MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
            byte[] hash = sha256.digest(path.toString().getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(hash, 0, 6);
        } catch (NoSuchAlgorithmException bug) {
            throw new IllegalStateException(bug);
        }
    }
}
