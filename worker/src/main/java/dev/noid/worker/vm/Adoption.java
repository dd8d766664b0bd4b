package dev.noid.worker.vm;

import dev.noid.schema.job.JobError;
import dev.noid.schema.vm.VmObserved;
import dev.noid.worker.engine.EngineResult;
import dev.noid.worker.store.VmChange;
import dev.noid.worker.store.VmRow;
import dev.noid.worker.store.VmRows;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Brings rows, directories and running VMMs together: what runs is taken over, what belongs to nobody is removed,
/// and a row that says `running` without a VMM is corrected.
public final class Adoption {
    private static final Logger log = LoggerFactory.getLogger(Adoption.class);
    private static final Duration ALL_OF_IT = Duration.ofSeconds(60);
    static final String ENDED_UNSEEN = "The VM ended while no worker was watching it.";
    static final String FILES_GONE = "The VM's files are gone from its host.";

    private final VmDirectories directories;
    private final VmLife life;
    private final Vms vms;
    private final VmRows rows;
    private final VmWatch watch;
    private final Set<String> looking = ConcurrentHashMap.newKeySet();

    public Adoption(VmDirectories directories, VmLife life, Vms vms, VmRows rows, VmWatch watch) {
        this.directories = directories;
        this.life = life;
        this.vms = vms;
        this.rows = rows;
        this.watch = watch;
    }

    /// At the start, before any command is taken. Every VM on a thread of its own: one that does not answer delays no
    /// other.
    public void atStart() throws InterruptedException {
        Map<String, VmRow> known = rows.ofHost().stream().collect(Collectors.toMap(VmRow::id, Function.identity()));
        List<Thread> threads = new ArrayList<>();
        for (VmRow row : known.values()) {
            threads.add(Thread.ofVirtual().name("adopt-" + row.id()).start(() -> settle(row.id(), Optional.of(row))));
        }
        for (VmDirectory directory : directories.all()) {
            String vm = directory.vm();
            if (!known.containsKey(vm)) {
                threads.add(Thread.ofVirtual().name("adopt-" + vm).start(() -> settle(vm, Optional.empty())));
            }
        }
        for (Thread thread : threads) {
            thread.join(ALL_OF_IT);
        }
    }

    /// Later, for VMs whose rows say that they run and that were not seen running.
    public void again() {
        rows.ofHost().stream().filter(this::lacks).map(VmRow::id).forEach(this::lookAgain);
    }

    /// Now and then, for VMs that did not answer: what waits for them waits no longer than it must.
    public void unsettled() {
        vms.unsettled().forEach(this::lookAgain);
    }

    /// Each VM on a thread of its own, so that one that does not answer delays no other; the row is read again under
    /// the VM's lock.
    private void lookAgain(String vm) {
        if (!looking.add(vm)) {
            return;
        }
        Thread.ofVirtual().name("adopt-" + vm).start(() -> {
            try {
                vms.locked(vm, () -> {
                    rows.find(vm).filter(this::lacks).ifPresent(this::owned);
                    return null;
                });
            } catch (RuntimeException e) {
                log.warn("vm not settled, tried again later vm={} cause={}", vm, e.toString());
            } finally {
                looking.remove(vm);
            }
        });
    }

    private boolean lacks(VmRow row) {
        return (row.observed() == VmObserved.RUNNING || vms.unsettled(row.id()))
                && vms.find(row.id()).isEmpty();
    }

    private void settle(String vm, Optional<VmRow> row) {
        try {
            vms.locked(vm, () -> {
                row.filter(it -> it.observed() != VmObserved.PENDING).ifPresentOrElse(this::owned, () -> leftover(vm));
                return null;
            });
        } catch (RuntimeException e) {
            log.error("vm not settled, tried again later vm={}", vm, e);
            vms.unsettled(vm, true);
        }
    }

    private void leftover(String vm) {
        if (directories.of(vm).exists()) {
            life.erase(vm, LiveVm.Fate.DESTROYED, () -> {});
            log.info("leftover removed vm={}", vm);
        }
    }

    private void owned(VmRow row) {
        VmDirectory directory = directories.of(row.id());
        switch (life.adopt(directory)) {
            case EngineResult.Failed<Optional<LiveVm>>(JobError error, boolean _) -> {
                vms.unsettled(row.id(), true);
                if (row.observed() == VmObserved.RUNNING) {
                    var _ = rows.health(row.id(), row.generation(), Duration.ZERO, row.reason());
                }
                log.warn("vm does not answer, tried again later vm={} error=\"{}\"", row.id(), error.message());
            }
            case EngineResult.Ok<Optional<LiveVm>>(Optional<LiveVm> live) -> {
                vms.unsettled(row.id(), false);
                live.ifPresentOrElse(it -> runs(row, it), () -> gone(row, directory.exists()));
            }
        }
    }

    private void runs(VmRow row, LiveVm live) {
        switch (row.observed()) {
            case RUNNING -> {
                log.info(
                        "vm adopted vm={} generation={} pid={}",
                        row.id(),
                        live.record().generation(),
                        live.machine().pid());
                watch.begin(live);
                var _ = rows.health(row.id(), row.generation(), null, null);
            }
            // Their open job finds it in the registry and goes on.
            case STARTING, STOPPING, PAUSED -> log.info("vm adopted vm={} observed={}", row.id(), row.observed());
            case PENDING, STOPPED, FAILED, DESTROYED -> {
                log.warn("vm runs though its row says otherwise, ended vm={} observed={}", row.id(), row.observed());
                life.undoStart(live.record());
            }
        }
    }

    private void gone(VmRow row, boolean files) {
        if (row.observed() == VmObserved.RUNNING) {
            watch.write(
                    row.id(), row.generation(), row.partition(), VmChange.failed(files ? ENDED_UNSEEN : FILES_GONE));
        }
    }
}
