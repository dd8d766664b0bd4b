package dev.noid.worker.vm;

import dev.noid.schema.record.Output;
import dev.noid.worker.guest.LogListener;
import java.time.Duration;

/// The logs of this host's VMs.
public final class VmLogs {
    /// At most 128 KiB/s of a VM: what others have in the same partition shall not be forgotten for it.
    private static final Duration PACE = Duration.ofMillis(500);

    private final Way way;

    /// To whoever reads output; may block.
    @FunctionalInterface
    public interface Way {
        void publish(int partition, Output output, Runnable safe);
    }

    public VmLogs(Way way) {
        this.way = way;
    }

    LogListener of(VmDirectory directory, VmRecord record) {
        return new VmLog(directory.home().directory(), record, way, PACE);
    }
}
