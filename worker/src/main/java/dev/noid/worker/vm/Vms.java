package dev.noid.worker.vm;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/// The VMs that run on this host, and one lock for each VM: whoever changes one holds it; execs don't need it.
public final class Vms {
    private final Map<String, LiveVm> live = new ConcurrentHashMap<>();
    private final Map<String, VmLock> locks = new ConcurrentHashMap<>();
    private final Set<String> unsettled = ConcurrentHashMap.newKeySet();

    public Optional<LiveVm> find(String vm) {
        return Optional.ofNullable(live.get(vm));
    }

    public Optional<LiveVm> find(String vm, long generation) {
        return find(vm).filter(it -> it.record().generation() == generation);
    }

    public Collection<LiveVm> all() {
        return List.copyOf(live.values());
    }

    /// There for as long as somebody holds it or waits for it: a host sees more VMs than it has memory for locks.
    private static final class VmLock {
        final ReentrantLock lock = new ReentrantLock();
        /// Changed only within the map's own steps.
        int users;
    }

    public <T> T locked(String vm, Supplier<T> work) {
        VmLock mine = Objects.requireNonNull(locks.compute(vm, (_, known) -> {
            VmLock used = known == null ? new VmLock() : known;
            used.users++;
            return used;
        }));
        mine.lock.lock();
        try {
            return work.get();
        } finally {
            mine.lock.unlock();
            locks.computeIfPresent(vm, (_, known) -> --known.users == 0 ? null : known);
        }
    }

    /// Somebody changes this VM now, or is about to.
    boolean changing(String vm) {
        return locks.containsKey(vm);
    }

    /// VMs that somebody changes now, or is about to.
    int lockedNow() {
        return locks.size();
    }

    /// A VMM holds its lock but did not answer: what runs in it is neither known nor lost until it does.
    public boolean unsettled(String vm) {
        return unsettled.contains(vm);
    }

    Set<String> unsettled() {
        return Set.copyOf(unsettled);
    }

    void unsettled(String vm, boolean is) {
        if (is) {
            unsettled.add(vm);
        } else {
            unsettled.remove(vm);
        }
    }

    void put(LiveVm vm) {
        live.put(vm.record().vm(), vm);
    }

    void remove(LiveVm vm) {
        live.remove(vm.record().vm(), vm);
    }
}
