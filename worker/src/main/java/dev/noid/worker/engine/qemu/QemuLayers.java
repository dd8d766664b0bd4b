package dev.noid.worker.engine.qemu;

import dev.noid.schema.Ids;
import dev.noid.schema.job.JobError;
import dev.noid.worker.engine.Boot;
import dev.noid.worker.engine.Engine.Disk;
import dev.noid.worker.engine.EngineResult;
import dev.noid.worker.engine.ImageManifest;
import dev.noid.worker.engine.VmHome;
import dev.noid.worker.host.FileTree;
import dev.noid.worker.host.SparseFiles;
import dev.noid.worker.host.VmUser;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/// A VM's disk: qcow2 layers over the image's root filesystem, all in one directory, each naming the one below it
/// without a path. Only the top one is written, and only it is the VM's own; the others are in checkpoints and other
/// VMs too. The guest grows its filesystem itself.
final class QemuLayers {
    private static final long MIB = 1024 * 1024;
    private static final String QCOW2 = ".qcow2";
    private static final String RAW = ".raw";
    private static final int DIGEST_DIGITS = 16;
    private static final Set<PosixFilePermission> IMMUTABLE = PosixFilePermissions.fromString("r--r--r--");

    private final QemuConfig config;
    private final SparseFiles sparse;
    private final Ids ids;

    QemuLayers(QemuConfig config, SparseFiles sparse, Ids ids) {
        this.config = config;
        this.sparse = sparse;
        this.ids = ids;
    }

    /// What QEMU calls a layer; no two have the same name, in any VM.
    static String node(String layer) {
        return layer.substring(0, layer.lastIndexOf('.'));
    }

    static String layer(String node) {
        return node + QCOW2;
    }

    String newName() {
        return ids.file();
    }

    /// The disk of a new VM.
    EngineResult<Disk> make(VmHome home, Boot boot) {
        try {
            Path rootfs = boot.image().resolve("rootfs");
            long bytes = boot.shape().diskMib() * MIB;
            if (Files.size(rootfs) > bytes) {
                return tooSmall(boot, Files.size(rootfs));
            }
            FileTree.remove(home.layers());
            directory(home);
            String digest = ImageManifest.read(boot.image()).digest();
            String base = "base-" + digest.substring(digest.indexOf(':') + 1).substring(0, DIGEST_DIGITS) + RAW;
            FileTree.linkOrCopy(rootfs, home.layers().resolve(base));
            return add(home, boot.withLayers(List.of(base)));
        } catch (IOException failed) {
            return QemuSaved.failed("the VM's disk could not be made", failed);
        }
    }

    /// An empty layer on top. What the one below it holds is brought to the disk now, so that a VM that stands still
    /// does not wait for it.
    EngineResult<Disk> add(VmHome home, Boot boot) {
        String below = boot.layers().getLast();
        String name = newName() + QCOW2;
        Path layer = home.layers().resolve(name);
        try {
            sync(home.layers().resolve(below));
            new EmptyLayer(
                            below,
                            below.endsWith(RAW) ? "raw" : "qcow2",
                            boot.shape().diskMib() * MIB)
                    .write(layer);
            VmUser.of(home.vm(), config.root()).own(layer);
            List<String> layers = new ArrayList<>(boot.layers());
            layers.add(name);
            return new EngineResult.Ok<>(new Disk(sparse.allocated(layer), List.copyOf(layers)));
        } catch (IOException failed) {
            return QemuSaved.failed("the disk's layer could not be made", failed);
        }
    }

    /// The VM's user passes through it to files whose names it is told, and changes nothing in it.
    void directory(VmHome home) throws IOException {
        Files.createDirectories(home.layers());
        VmUser.of(home.vm(), config.root()).enter(home.layers());
    }

    /// Makes a layer one that nobody may write to any more, and everybody who can reach it may read.
    void freeze(Path layer) throws IOException {
        if (layer.toString().endsWith(RAW) || frozen(layer)) {
            return;
        }
        // In this order: root's own but not readable yet, no VMM could open it after a kill in between.
        Files.setPosixFilePermissions(layer, IMMUTABLE);
        if (config.root()) {
            Files.setAttribute(layer, "unix:uid", 0, LinkOption.NOFOLLOW_LINKS);
            Files.setAttribute(layer, "unix:gid", 0, LinkOption.NOFOLLOW_LINKS);
        }
    }

    private boolean frozen(Path layer) throws IOException {
        return Files.getPosixFilePermissions(layer, LinkOption.NOFOLLOW_LINKS).equals(IMMUTABLE)
                && (!config.root()
                        || Files.getAttribute(layer, "unix:uid", LinkOption.NOFOLLOW_LINKS)
                                .equals(0));
    }

    private static void sync(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            channel.force(false);
        }
    }

    private static EngineResult<Disk> tooSmall(Boot boot, long bytes) {
        String message = "a disk of " + boot.shape().diskMib() + " MiB is smaller than the image's root filesystem";
        String hint = "ask for at least " + (bytes + MIB - 1) / MIB + " MiB";
        return new EngineResult.Failed<>(JobError.user("disk_too_small", message, hint), false);
    }
}
