package dev.noid.worker.vm;

import dev.noid.schema.record.Output;
import dev.noid.worker.guest.LogListener;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/// The logs of this host's VMs.
public final class VmLogs {
    /// At most 128 KiB/s of a VM: what others have in the same partition shall not be forgotten for it.
    private static final Duration PACE = Duration.ofMillis(500);

    private final Way way;
    private final Duration pace;

    /// By VM, one at a time: two would write the same file.
    private final Map<String, VmLog> logs = new ConcurrentHashMap<>();

    /// To whoever reads output; may block.
    @FunctionalInterface
    public interface Way {
        void publish(int partition, Output output, Runnable safe);
    }

    public VmLogs(Way way) {
        this(way, PACE);
    }

    VmLogs(Way way, Duration pace) {
        this.way = way;
        this.pace = pace;
    }

    /// Begins the log of a VM as it is from now on, and ends the one it had. Who calls this holds the VM's lock.
    LogListener of(VmDirectory directory, VmRecord record) {
        end(record.vm());
        VmLog log = new VmLog(directory.home().directory(), record, way, pace);
        logs.put(record.vm(), log);
        return log;
    }

    /// Before its directory is removed.
    void end(String vm) {
        VmLog log = logs.remove(vm);
        if (log != null) {
            log.close();
        }
    }
}
