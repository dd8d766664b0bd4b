package dev.noid.worker.vm;

import dev.noid.schema.record.Event;
import dev.noid.worker.engine.Machine;
import dev.noid.worker.publish.EventPublisher;
import dev.noid.worker.store.VmChange;
import dev.noid.worker.store.VmRows;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Notices VMs that end by themselves, and says so in their rows.
public final class VmWatch {
    private static final Logger log = LoggerFactory.getLogger(VmWatch.class);

    private final Vms vms;
    private final VmRows rows;
    private final EventPublisher events;
    private final VmLogs logs;
    private volatile boolean closed;

    public VmWatch(Vms vms, VmRows rows, EventPublisher events, VmLogs logs) {
        this.vms = vms;
        this.rows = rows;
        this.events = events;
        this.logs = logs;
    }

    /// From the moment its row says `running`; at once when it has ended already.
    public void begin(LiveVm live) {
        var _ = live.machine().ended().whenComplete((how, failure) -> Thread.ofVirtual()
                .name("ended-" + live.record().vm())
                .start(() -> {
                    if (failure == null) {
                        ended(live, how);
                    } else {
                        unseen(live, failure);
                    }
                }));
    }

    /// Machines that are let go at the worker's end have not ended.
    public void close() {
        closed = true;
    }

    /// Whether it still runs is not known, so it is looked for again with the next sweep.
    private void unseen(LiveVm live, Throwable failure) {
        log.error("vm can't be watched, looked for again vm={}", live.record().vm(), failure);
        vms.unsettled(live.record().vm(), true);
        vms.remove(live);
        live.machine().close();
        live.isUnseen();
    }

    private void ended(LiveVm live, Machine.Ended how) {
        if (closed || live.fate() != LiveVm.Fate.RUNS) {
            return; // Whoever ended it tells what is in it and writes the row.
        }
        vms.remove(live);
        live.hasEnded(how);
        live.machine().close();
        VmRecord record = live.record();
        vms.locked(record.vm(), () -> {
            write(record, VmChange.ended(how.orderly(), how.reason()));
            if (vms.find(record.vm()).isEmpty()) {
                logs.end(record.vm());
            }
            return null;
        });
    }

    /// Nobody asked for this end.
    void write(VmRecord record, VmChange change) {
        write(record.vm(), record.generation(), record.partition(), change);
    }

    void write(String vm, long generation, int partition, VmChange change) {
        if (rows.ended(vm, generation, change)) {
            log.warn(
                    "vm ended by itself vm={} generation={} observed={} reason=\"{}\"",
                    vm,
                    generation,
                    change.observed(),
                    change.reason());
            events.hint(partition, new Event.VmChanged(vm, generation, change.observed(), change.reason()));
        }
    }
}
