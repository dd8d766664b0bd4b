package dev.noid.worker.engine;

import dev.noid.schema.Deadline;
import java.util.Optional;

/// How VMs are run. All engines pass one contract test. Every call ends by its deadline.
public interface Engine {
    /// `qemu` or `stub`.
    String name();

    /// What it promises: `kvm`, or `none`.
    String isolation();

    /// `kvm`, `tcg` or `process`.
    String accelerator();

    /// Makes the VM's disk in its directory, grown to the size asked for. Called again after a crash it starts over.
    EngineResult<Disk> prepare(VmHome home, Boot boot, Deadline deadline);

    /// Starts the VMM as a process of its own session that holds the home's lock for life, and waits until the agent
    /// has answered.
    /// A VM that does not get so far by the deadline is killed and its run directory removed.
    EngineResult<Machine> start(VmHome home, Boot boot, Deadline deadline);

    /// The VM that a worker before this one left running in this directory; empty when its lock is free (it is gone).
    EngineResult<Optional<Machine>> adopt(VmHome home, Boot boot, Deadline deadline);

    /// Ends the VMM that holds this home's lock, if one does, without asking it or its guest: for one that can't be
    /// adopted.
    /// Throws IllegalStateException when it survives.
    void kill(VmHome home, Boot boot);

    /// @param bytes allocated on the host
    record Disk(long bytes) {}
}
