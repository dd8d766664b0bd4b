package dev.noid.worker.engine.qemu;

import dev.noid.schema.Deadline;
import dev.noid.worker.engine.VmHome;
import dev.noid.worker.host.SparseFiles;
import dev.noid.worker.host.VmUser;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/// The memory of running VMs: one sparse file on tmpfs per VM and generation, named `{vm}.{generation}`.
final class MemoryFiles {
    private static final long MIB = 1024 * 1024;
    private static final int TRIES = 100;

    private final Path directory;

    MemoryFiles(Path directory) {
        this.directory = directory;
    }

    Path file(VmHome home, long generation) {
        return directory.resolve(home.vm() + "." + generation);
    }

    Path make(VmHome home, long generation, int mib, VmUser user) throws IOException {
        Path file = file(home, generation);
        Files.deleteIfExists(file);
        try (FileChannel channel = create(file, user)) {
            // A byte at the end makes the size; the rest takes no memory until the guest touches it.
            channel.write(ByteBuffer.allocate(1), mib * MIB - 1);
        }
        user.own(file);
        return file;
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
        Path file = file(home, generation);
        Files.deleteIfExists(file);
        try (FileChannel channel = create(file, user)) {
            user.own(file);
            if (from.size() == 1 && sparse.share(from.getFirst(), file)) {
                made.run();
                return Optional.empty();
            }
            channel.write(ByteBuffer.allocate(1), mib * MIB - 1);
            made.run();
            return Optional.of(sparse.copyAndSum(from, channel, deadline));
        }
    }

    private FileChannel create(Path file, VmUser user) throws IOException {
        for (int tries = 0; ; tries++) {
            try {
                Files.createDirectories(directory);
                user.passThrough(directory);
                return FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
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
        removeEmpty();
    }

    /// Of every VM for which `unwanted` is true.
    void sweep(Predicate<String> unwanted) throws IOException {
        if (!Files.isDirectory(directory)) {
            return;
        }
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
            for (Path file : files) {
                String name = file.getFileName().toString();
                int dot = name.lastIndexOf('.');
                if (dot > 0 && unwanted.test(name.substring(0, dot))) {
                    Files.deleteIfExists(file);
                }
            }
        }
        removeEmpty();
    }

    private void removeEmpty() throws IOException {
        try {
            Files.deleteIfExists(directory);
        } catch (DirectoryNotEmptyException _) {
            return; // others run
        }
    }
}
