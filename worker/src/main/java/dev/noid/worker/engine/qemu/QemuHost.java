package dev.noid.worker.engine.qemu;

import dev.noid.worker.host.SparseFiles;

/// What all VMs of one QEMU engine share.
record QemuHost(
        QemuConfig config,
        Accelerator accelerator,
        MemoryFiles memory,
        QemuLayers layers,
        SparseFiles sparse,
        Checksums checksums) {}
