package dev.noid.worker.engine.qemu;

import dev.noid.schema.Deadline;
import dev.noid.worker.host.SparseFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Sizes and checksums of files that do not change any more, and of what several hold together. A layer is in many
/// checkpoints and is summed once in this process's life, and again when it was written to since.
final class Checksums {
    private static final int MOST = 20_000;

    private final SparseFiles sparse;
    private final Map<List<Map<String, Object>>, String> known = new LinkedHashMap<>(64, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<List<Map<String, Object>>, String> eldest) {
            return size() > MOST;
        }
    };

    Checksums(SparseFiles sparse) {
        this.sparse = sparse;
    }

    String of(Path file, Deadline deadline) throws IOException {
        return of(List.of(file), deadline);
    }

    /// @param files of one content, lowest first
    /// @throws IOException when one is no file, or not what it has to be, or can't be read by the deadline
    String of(List<Path> files, Deadline deadline) throws IOException {
        List<Map<String, Object>> as = new ArrayList<>();
        for (Path file : files) {
            if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
                throw new IOException(file.getFileName() + " is missing");
            }
            as.add(state(file));
        }
        synchronized (known) {
            String sum = known.get(as);
            if (sum != null) {
                return sum;
            }
        }
        String sum = sparse.sum(files, deadline);
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
