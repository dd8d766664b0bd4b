package dev.noid.worker.engine.qemu;

import dev.noid.schema.Deadline;
import dev.noid.schema.job.JobError;
import dev.noid.worker.engine.Boot;
import dev.noid.worker.engine.Engine.Disk;
import dev.noid.worker.engine.EngineResult;
import dev.noid.worker.engine.VmHome;
import dev.noid.worker.host.FileTree;
import dev.noid.worker.host.VmUser;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/// A VM's disk: an empty layer over the image's root filesystem, which stays as it is. The guest grows its filesystem
/// itself.
final class QemuDisk {
    private static final long MIB = 1024 * 1024;
    private static final String BASE = "base.raw";

    private final QemuConfig config;

    QemuDisk(QemuConfig config) {
        this.config = config;
    }

    EngineResult<Disk> make(VmHome home, Boot boot, Deadline deadline) {
        try {
            Path rootfs = boot.image().resolve("rootfs");
            long bytes = boot.shape().diskMib() * MIB;
            if (Files.size(rootfs) > bytes) {
                return tooSmall(boot, Files.size(rootfs));
            }
            FileTree.remove(home.layers());
            Files.createDirectories(home.layers());
            FileTree.linkOrCopy(rootfs, home.layers().resolve(BASE));
            Path layer = home.directory().resolve(QemuPlan.DISK);
            String problem = create(home, layer, bytes, deadline);
            if (!problem.isEmpty()) {
                return failed("the disk's layer could not be made: " + problem);
            }
            VmUser user = VmUser.of(home.vm(), config.root());
            user.own(layer);
            user.own(home.layers());
            return new EngineResult.Ok<>(new Disk(Files.size(layer)));
        } catch (IOException problem) {
            return failed("the VM's disk could not be made: " + problem.getMessage());
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            return failed("the making of the disk was interrupted");
        }
    }

    /// What went wrong, or nothing. Run in the layer's directory, so that it remembers its base by a relative name.
    private String create(VmHome home, Path layer, long bytes, Deadline deadline)
            throws IOException, InterruptedException {
        Process qemuImg = new ProcessBuilder(
                        config.qemuImg(),
                        "create",
                        "-q",
                        "-f",
                        "qcow2",
                        "-F",
                        "raw",
                        "-b",
                        BASE,
                        layer.toString(),
                        Long.toString(bytes))
                .directory(home.layers().toFile())
                .redirectErrorStream(true)
                .start();
        if (!qemuImg.waitFor(deadline.left().toNanos(), TimeUnit.NANOSECONDS)) {
            qemuImg.destroyForcibly();
            return "qemu-img took too long";
        }
        String said = new String(qemuImg.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        return qemuImg.exitValue() == 0 ? "" : "qemu-img: " + said;
    }

    private static EngineResult<Disk> tooSmall(Boot boot, long bytes) {
        String message = "a disk of " + boot.shape().diskMib() + " MiB is smaller than the image's root filesystem";
        String hint = "ask for at least " + (bytes + MIB - 1) / MIB + " MiB";
        return new EngineResult.Failed<>(JobError.user("disk_too_small", message, hint), false);
    }

    private static EngineResult<Disk> failed(String message) {
        return new EngineResult.Failed<>(JobError.host("host_files", message), true);
    }
}
