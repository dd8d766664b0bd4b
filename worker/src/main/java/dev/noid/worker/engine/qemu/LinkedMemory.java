package dev.noid.worker.engine.qemu;

import dev.noid.schema.Deadline;
import dev.noid.worker.engine.MemoryBase;
import dev.noid.worker.engine.PausedMachine.SavedFile;
import dev.noid.worker.engine.SavedVm;
import dev.noid.worker.host.FileTree;
import dev.noid.worker.host.PageStack;
import dev.noid.worker.host.SparseFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Makes the memory of a saved VM one that another is saved upon. What is in the way of it only means that the other
/// one's memory is saved whole.
final class LinkedMemory {
    private static final Logger log = LoggerFactory.getLogger(LinkedMemory.class);

    /// A deeper one is left alone but for its lowest file: all that changed since is written once more then.
    static final int DEPTH_MOST = 8;

    private final SparseFiles sparse;

    LinkedMemory(SparseFiles sparse) {
        this.sparse = sparse;
    }

    /// @param directory of the VM that will be saved; nothing of its memory is there
    /// @param bytes     of its memory
    MemoryBase of(Path saved, Path directory, long bytes, Deadline deadline) {
        try {
            List<SavedFile> parts = SavedVm.read(saved)
                    .map(vm -> QemuSaved.memory(vm.files()))
                    .filter(all -> !all.isEmpty())
                    .orElseThrow(() -> new IOException("it has no manifest"));
            List<SavedFile> lower = parts.size() < DEPTH_MOST ? parts : parts.subList(0, 1);
            return linked(saved, lower, directory, bytes, deadline);
        } catch (IOException | UnsupportedOperationException failed) {
            log.warn("not saved upon another vm, its memory is written whole base={} why={}", saved, failed.toString());
            return MemoryBase.none();
        }
    }

    private MemoryBase linked(Path saved, List<SavedFile> parts, Path directory, long bytes, Deadline deadline)
            throws IOException {
        Path memory = directory.resolve(QemuSaved.MEMORY);
        List<SavedFile> files = new ArrayList<>();
        try {
            Files.createDirectories(memory);
            for (SavedFile part : parts) {
                SavedFile file = QemuSaved.part(part.name(), part.bytes());
                Files.createLink(directory.resolve(file.path()), saved.resolve(part.path()));
                files.add(file);
            }
            List<Path> paths = QemuSaved.paths(directory, files);
            long size = Files.size(paths.getFirst());
            if (size != bytes) {
                throw new IOException("it has " + size + " bytes of memory instead of " + bytes);
            }
            PageStack stack = sparse.open(paths);
            try {
                sparse.warm(stack, deadline);
                return new MemoryBase(List.copyOf(files), stack);
            } catch (IOException | RuntimeException failed) {
                stack.close();
                throw failed;
            }
        } catch (IOException | RuntimeException failed) {
            FileTree.remove(memory);
            throw failed;
        }
    }
}
