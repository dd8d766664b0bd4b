package dev.noid.worker.vm;

import dev.noid.worker.engine.Machine;

/// Something that runs in a VM and ends with it.
public interface Resident {
    /// The VMM is gone. Must not block.
    void vmEnded(Machine.Ended ended, LiveVm.Fate fate);

    /// Nobody can tell any more whether the VMM runs, so nothing more will be heard of it here. Must not block.
    void vmUnseen();
}
