package dev.noid.worker.engine;

import java.nio.file.Path;

/// Where a VM's files are: `vms/{id}/`.
public record VmHome(String vm, Path directory) {
    /// Held (flock) by the VMM for life: a held lock is liveness.
    public Path lock() {
        return directory.resolve("lock");
    }

    public Path layers() {
        return directory.resolve("layers");
    }

    /// Working directory of the VMM: sockets, log ring, memory.
    public Path run(long generation) {
        return directory.resolve("run-" + generation);
    }
}
