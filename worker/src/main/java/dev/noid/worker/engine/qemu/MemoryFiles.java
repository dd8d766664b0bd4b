package dev.noid.worker.engine.qemu;

import dev.noid.schema.Deadline;
import dev.noid.worker.engine.HostMemoryFull;
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
    private final MemoryRoom room;

    MemoryFiles(MemoryDirectory directory, SparseFiles sparse) {
        this.directory = directory;
        this.room = new MemoryRoom(directory, sparse);
    }

    MemoryRoom room() {
        return room;
    }

    Path file(VmHome home, long generation) throws IOException {
        return file(directory.path(), home, generation);
    }

    private static Path file(Path below, VmHome home, long generation) {
        return below.resolve(home.vm() + "." + generation);
    }

    Path make(VmHome home, long generation, int mib, VmUser user) throws IOException {
        try (Made file = create(home, generation, mib, user)) {
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
        try (Made file = create(home, generation, mib, user)) {
            if (from.size() == 1 && sparse.share(from.getFirst(), file.path())) {
                made.run();
                return Optional.empty();
            }
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

    /// A new file, closed to all others from its first moment, that reads as zeros. One at a time, so that each sees
    /// what the one before was promised.
    private synchronized Made create(VmHome home, long generation, int mib, VmUser user) throws IOException {
        for (int tries = 0; ; tries++) {
            Path file = file(directory.make(user), home, generation);
            try {
                Files.deleteIfExists(file);
                checkRoom(mib);
                return sized(file, mib, user);
            } catch (NoSuchFileException gone) {
                // The last VM of another thread ended just now and took the directory along.
                if (tries == TRIES) {
                    throw gone;
                }
            }
        }
    }

    private static Made sized(Path file, int mib, VmUser user) throws IOException {
        FileChannel channel =
                FileChannel.open(file, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE), CLOSED);
        try {
            // A byte at the end makes the size; the rest takes no memory until the guest touches it.
            channel.write(ByteBuffer.allocate(1), mib * MIB - 1);
            user.own(file);
            return new Made(file, channel);
        } catch (IOException failed) {
            channel.close();
            Files.deleteIfExists(file);
            throw failed;
        }
    }

    private void checkRoom(int mib) throws IOException {
        long has = room.unpromised();
        if (has < mib * MIB) {
            directory.removeEmpty();
            throw new HostMemoryFull("the VM is to have " + mib + " MiB of memory, but " + directory.tmpfs()
                    + " and the machine have " + Math.max(0, has / MIB)
                    + " MiB left that no VM was promised; something else uses them");
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
