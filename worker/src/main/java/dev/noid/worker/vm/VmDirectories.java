package dev.noid.worker.vm;

import dev.noid.worker.engine.VmHome;
import dev.noid.worker.host.FileTree;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.stream.Stream;

/// `vms/`: the directories of this host's VMs, by id. `pool/`: those of VMs that nobody has yet.
public final class VmDirectories {
    /// In a home whose VMM was started under another name, which its user and its memory file still bear: that name.
    private static final String BORN_AS = "born-as";

    private final Path root;
    private final Path pool;

    public VmDirectories(Path data) {
        this.root = data.resolve("vms");
        this.pool = data.resolve("pool");
        try {
            // A VMM is started in its own directory, and never passes these.
            FileTree.closed(root);
            FileTree.closed(pool);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public VmDirectory of(String vm) {
        return in(root, vm);
    }

    VmDirectory inPool(String id) {
        return in(pool, id);
    }

    private static VmDirectory in(Path parent, String id) {
        Path directory = parent.resolve(id);
        try {
            return new VmDirectory(id, new VmHome(Files.readString(directory.resolve(BORN_AS)), directory));
        } catch (NoSuchFileException e) {
            return new VmDirectory(id, new VmHome(id, directory));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// A home in the pool that can move later.
    VmDirectory makeInPool(String id) {
        Path directory = pool.resolve(id);
        try {
            Files.createDirectories(directory);
            // Synced: without it, what a power failure leaves of the VM that this becomes would be another user's.
            try (FileChannel file = FileChannel.open(
                    directory.resolve(BORN_AS), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
                file.write(ByteBuffer.wrap(id.getBytes(StandardCharsets.UTF_8)));
                file.force(true);
            }
            return inPool(id);
        } catch (IOException e) {
            // The disk may be full, and each further try would leave another.
            try {
                FileTree.remove(directory);
            } catch (IOException left) {
                e.addSuppressed(left);
            }
            throw new UncheckedIOException(e);
        }
    }

    /// Gives a home of the pool to a VM, with all that runs in it.
    VmDirectory handOver(VmDirectory pooled, String vm) {
        try {
            Files.move(pooled.home().directory(), root.resolve(vm), StandardCopyOption.ATOMIC_MOVE);
            FileTree.syncDirectory(root);
            return of(vm);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public List<VmDirectory> all() {
        return entries(root).map(this::of).toList();
    }

    List<VmDirectory> pooled() {
        return entries(pool).map(this::inPool).toList();
    }

    private static Stream<String> entries(Path parent) {
        try (Stream<Path> entries = Files.list(parent)) {
            return entries
                    .filter(Files::isDirectory)
                    .map(entry -> entry.getFileName().toString())
                    .toList()
                    .stream();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
