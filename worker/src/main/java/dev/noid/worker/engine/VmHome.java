package dev.noid.worker.engine;

import java.nio.file.Path;

/// Where a VM's files are: `vms/{id}/`. What belongs to one VMM process bears its generation, so that two can run side
/// by side while a VM is restored.
public record VmHome(String vm, Path directory) {
    public Path layers() {
        return directory.resolve("layers");
    }

    /// Working directory of the VMM: its sockets and what it boots from. The VMM may write here; everything below is
    /// beside it instead, out of its reach.
    public Path run(long generation) {
        return directory.resolve("run-" + generation);
    }

    /// Held (flock) by the VMM for life: a held lock is liveness.
    public Path lock(long generation) {
        return beside(generation, ".lock");
    }

    /// What the VMM says.
    public Path log(long generation) {
        return beside(generation, ".log");
    }

    /// Written as soon as there is a VMM process.
    public Path pid(long generation) {
        return beside(generation, ".pid");
    }

    /// Device state that a VMM which is restored begins with.
    public Path state(long generation) {
        return beside(generation, ".state");
    }

    /// Socket on which the device state of a VMM that is saved is awaited.
    public Path wire(long generation) {
        return beside(generation, ".wire");
    }

    private Path beside(long generation, String what) {
        return directory.resolve("run-" + generation + what);
    }
}
