/// VMs by QEMU, under KVM where a guest really boots under it, else by emulation.
@NullMarked
package dev.noid.worker.engine.qemu;

import org.jspecify.annotations.NullMarked;
