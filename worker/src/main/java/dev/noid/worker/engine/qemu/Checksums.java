package dev.noid.worker.engine.qemu;

import dev.noid.schema.Deadline;
import dev.noid.worker.host.SparseFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/// Sizes and checksums of files that do not change any more. A layer is in many checkpoints and is summed once in this
/// process's life, and again when it was written to since.
final class Checksums {
    private static final int MOST = 20_000;

    private final SparseFiles sparse;
    private final Map<Map<String, Object>, String> known = new LinkedHashMap<>(64, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Map<String, Object>, String> eldest) {
            return size() > MOST;
        }
    };

    Checksums(SparseFiles sparse) {
        this.sparse = sparse;
    }

    /// @throws IOException when it is no file, or can't be read by the deadline
    String of(Path file, Deadline deadline) throws IOException {
        if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
            throw new IOException(file.getFileName() + " is missing");
        }
        Map<String, Object> as = state(file);
        synchronized (known) {
            String sum = known.get(as);
            if (sum != null) {
                return sum;
            }
        }
        String sum = sparse.sum(file, deadline);
        synchronized (known) {
            known.put(as, sum);
        }
        return sum;
    }

    /// Not the time of its last change of any kind: each new link is one.
    private static Map<String, Object> state(Path file) throws IOException {
        return Files.readAttributes(file, "unix:dev,ino,size,lastModifiedTime", LinkOption.NOFOLLOW_LINKS);
    }
}
