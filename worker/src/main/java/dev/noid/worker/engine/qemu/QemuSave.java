package dev.noid.worker.engine.qemu;

import dev.noid.schema.Deadline;
import dev.noid.schema.job.JobError;
import dev.noid.worker.engine.Boot;
import dev.noid.worker.engine.EngineResult;
import dev.noid.worker.engine.MemoryBase;
import dev.noid.worker.engine.PausedMachine.Saved;
import dev.noid.worker.engine.PausedMachine.SavedFile;
import dev.noid.worker.host.ffi.ShortPath;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Saves a QEMU that stands still: its disk goes on in a new layer, its devices' state comes over a socket, its memory
/// is copied from its file, or as much of it as is not in another saved VM already.
final class QemuSave {
    private static final Logger log = LoggerFactory.getLogger(QemuSave.class);

    private static final Duration CANCEL = Duration.ofSeconds(1);

    private final QemuPlan plan;
    private final QmpEye qmp;

    QemuSave(QemuPlan plan, QmpEye qmp) {
        this.plan = plan;
        this.qmp = qmp;
    }

    EngineResult<Saved> run(Path directory, MemoryBase base, Boot next, Deadline deadline) {
        try {
            long begin = System.nanoTime();
            switchDisk(next.layers().getLast(), deadline);
            long disk = System.nanoTime();
            saveState(directory.resolve(QemuSaved.STATE), deadline);
            long state = System.nanoTime();
            List<SavedFile> files = new ArrayList<>(saveMemory(directory, base, deadline));
            long memory = System.nanoTime();
            files.add(new SavedFile(QemuSaved.STATE, plan.host().layers().newName(), 0));
            files.addAll(linkLayers(directory, next));
            Saved saved = new Saved(files, Map.of());
            log.info(
                    "vm saved vm={} generation={} disk_us={} state_us={} memory_us={} links_us={}",
                    plan.home().vm(),
                    plan.boot().generation(),
                    (disk - begin) / 1000,
                    (state - disk) / 1000,
                    (memory - state) / 1000,
                    (System.nanoTime() - memory) / 1000);
            return new EngineResult.Ok<>(saved);
        } catch (QmpFailure failed) {
            return new EngineResult.Failed<>(
                    JobError.host("vmm_refused", "the VM could not be saved: " + failed.getMessage()), true);
        } catch (IOException failed) {
            return QemuSaved.failed("the VM could not be saved", failed);
        }
    }

    /// From here on the guest writes into `top`. What QEMU writes into now is asked of QEMU: an earlier attempt may
    /// have come to nothing on either side of its switch.
    private void switchDisk(String top, Deadline deadline) throws QmpFailure {
        String active = qmp.activeNode(deadline);
        String node = QemuLayers.node(top);
        if (active.equals(node)) {
            return;
        }
        Map<String, Object> file = Map.of("driver", "file", "filename", QemuPlan.layer(top));
        Map<String, @Nullable Object> layer = new LinkedHashMap<>();
        layer.put("driver", "qcow2");
        layer.put("node-name", node);
        layer.put("discard", "unmap");
        layer.put("file", file);
        layer.put("backing", null); // it gets the active one
        qmp.ask("blockdev-add", layer, deadline);
        qmp.ask("blockdev-snapshot", Map.of("node", active, "overlay", node), deadline);
    }

    private void saveState(Path file, Deadline deadline) throws IOException, QmpFailure {
        Path wire = plan.home().wire(plan.boot().generation());
        Files.deleteIfExists(wire);
        try (ServerSocketChannel listening = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
                ShortPath near = new ShortPath(wire)) {
            listening.bind(UnixDomainSocketAddress.of(near.path()));
            plan.vmUser().own(wire);
            FutureTask<Long> receiving = new FutureTask<>(() -> receive(listening, file));
            Thread.ofVirtual().name("state-" + plan.home().vm()).start(receiving);
            CompletableFuture<String> saved = qmp.migrate("migrate", "unix:../" + wire.getFileName(), deadline);
            boolean completed = QmpClient.await(saved, deadline, "migrate").equals("completed");
            // The reason first: what could not be written here (the disk is full) is what made QEMU fail.
            if (completed || receiving.isDone()) {
                received(receiving, deadline);
            }
            if (!completed) {
                throw new QmpFailure("QEMU could not save its devices");
            }
        } catch (QmpFailure | IOException failed) {
            cancel();
            throw failed;
        } finally {
            Files.deleteIfExists(wire);
        }
    }

    /// So that the VM can go on, and its end of the socket is closed.
    private void cancel() {
        try {
            qmp.ask("migrate_cancel", Map.of(), Deadline.after(CANCEL));
        } catch (QmpFailure failed) {
            log.warn("migration not cancelled vm={} why={}", plan.home().vm(), failed.getMessage());
        }
    }

    private static void received(FutureTask<Long> receiving, Deadline deadline) throws IOException, QmpFailure {
        try {
            receiving.get(deadline.left().toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            throw new QmpFailure("the saving was interrupted");
        } catch (TimeoutException _) {
            throw new QmpFailure("the devices' state did not end in time");
        } catch (ExecutionException failed) {
            if (failed.getCause() instanceof IOException cause) {
                throw cause;
            }
            throw new IllegalStateException(failed);
        }
    }

    private static long receive(ServerSocketChannel listening, Path file) throws IOException {
        try (SocketChannel from = listening.accept();
                FileChannel to = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            ByteBuffer buffer = ByteBuffer.allocateDirect(64 * 1024);
            long total = 0;
            while (from.read(buffer.clear()) >= 0) {
                total += buffer.flip().remaining();
                if (total > Migration.STATE_MOST) {
                    throw new IOException("the devices' state has no end");
                }
                while (buffer.hasRemaining()) {
                    to.write(buffer);
                }
            }
            return total;
        }
    }

    /// Returns the files that hold it, lowest first.
    private List<SavedFile> saveMemory(Path directory, MemoryBase base, Deadline deadline) throws IOException {
        Path memory = plan.host().memory().file(plan.home(), plan.boot().generation());
        SavedFile part = QemuSaved.part(plan.host().layers().newName(), 0);
        Files.createDirectories(directory.resolve(QemuSaved.MEMORY));
        Path file = Files.createFile(directory.resolve(part.path()));
        if (plan.host().sparse().share(memory, file)) {
            for (SavedFile needless : base.files()) {
                Files.delete(directory.resolve(needless.path()));
            }
            return List.of(part);
        }
        try (FileChannel to = FileChannel.open(file, StandardOpenOption.WRITE)) {
            if (base.memory() == null) {
                plan.host().sparse().copy(memory, to, deadline);
                return List.of(part);
            }
            plan.host().sparse().difference(memory, base.memory(), to, deadline);
        }
        List<SavedFile> parts = new ArrayList<>(base.files());
        parts.add(part);
        return parts;
    }

    private List<SavedFile> linkLayers(Path directory, Boot next) throws IOException {
        Path disk = Files.createDirectories(directory.resolve(QemuSaved.DISK));
        List<SavedFile> files = new ArrayList<>();
        List<String> below = next.layers().subList(0, next.layers().size() - 1);
        for (String layer : below) {
            Path file = plan.home().layers().resolve(layer);
            plan.host().layers().freeze(file);
            Files.createLink(disk.resolve(layer), file);
            files.add(new SavedFile(QemuSaved.DISK + "/" + layer, layer, 0));
        }
        return files;
    }
}
