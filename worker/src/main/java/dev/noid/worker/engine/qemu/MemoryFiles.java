package dev.noid.worker.engine.qemu;

import dev.noid.schema.Deadline;
import dev.noid.worker.engine.VmHome;
import dev.noid.worker.host.SparseFiles;
import dev.noid.worker.host.VmUser;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/// The memory of running VMs: one sparse file on tmpfs per VM and generation, named `{vm}.{generation}`.
final class MemoryFiles {
    private static final long MIB = 1024 * 1024;
    private static final int TRIES = 100;
    private static final FileAttribute<Set<PosixFilePermission>> CLOSED =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));

    private final MemoryDirectory directory;

    MemoryFiles(MemoryDirectory directory) {
        this.directory = directory;
    }

    Path file(VmHome home, long generation) throws IOException {
        return file(directory.path(), home, generation);
    }

    private static Path file(Path below, VmHome home, long generation) {
        return below.resolve(home.vm() + "." + generation);
    }

    Path make(VmHome home, long generation, int mib, VmUser user) throws IOException {
        try (Made file = create(home, generation, user)) {
            // A byte at the end makes the size; the rest takes no memory until the guest touches it.
            file.channel().write(ByteBuffer.allocate(1), mib * MIB - 1);
            user.own(file.path());
            return file.path();
        }
    }

    /// Makes it with the content that others hold together, and answers with that content's checksum. Empty when it
    /// shares the blocks of the one there is, and none of it was read.
    ///
    /// @param mib  its size
    /// @param made hears that it is there in its size, and may be mapped while it is filled
    Optional<String> copy(
            VmHome home,
            long generation,
            int mib,
            List<Path> from,
            SparseFiles sparse,
            VmUser user,
            Runnable made,
            Deadline deadline)
            throws IOException {
        try (Made file = create(home, generation, user)) {
            user.own(file.path());
            if (from.size() == 1 && sparse.share(from.getFirst(), file.path())) {
                made.run();
                return Optional.empty();
            }
            file.channel().write(ByteBuffer.allocate(1), mib * MIB - 1);
            made.run();
            return Optional.of(sparse.copyAndSum(from, file.channel(), deadline));
        }
    }

    private record Made(Path path, FileChannel channel) implements AutoCloseable {
        @Override
        public void close() throws IOException {
            channel.close();
        }
    }

    /// A new file, closed to all others from its first moment.
    private Made create(VmHome home, long generation, VmUser user) throws IOException {
        for (int tries = 0; ; tries++) {
            Path file = file(directory.make(user), home, generation);
            try {
                Files.deleteIfExists(file);
                return new Made(
                        file,
                        FileChannel.open(
                                file, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE), CLOSED));
            } catch (NoSuchFileException gone) {
                // The last VM of another thread ended just now and took the directory along.
                if (tries == TRIES) {
                    throw gone;
                }
            }
        }
    }

    /// The directory goes with the last one.
    void remove(VmHome home, long generation) throws IOException {
        Files.deleteIfExists(file(home, generation));
        directory.removeEmpty();
    }

    /// Of every VM for which `unwanted` is true.
    void sweep(Predicate<String> unwanted) throws IOException {
        Path below = directory.path();
        if (!Files.isDirectory(below)) {
            return;
        }
        try (DirectoryStream<Path> files = Files.newDirectoryStream(below)) {
            for (Path file : files) {
                String name = file.getFileName().toString();
                int dot = name.lastIndexOf('.');
                if (dot > 0 && unwanted.test(name.substring(0, dot))) {
                    Files.deleteIfExists(file);
                }
            }
        }
        directory.removeEmpty();
    }
}
