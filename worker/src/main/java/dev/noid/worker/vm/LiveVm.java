package dev.noid.worker.vm;

import dev.noid.worker.engine.Machine;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/// A VM whose VMM runs, as this worker sees it.
public final class LiveVm {
    /// Bytes of output that Kafka has not got yet; when they are used up, the VM's reader waits, then the guest.
    public static final int OUTPUT_BUDGET = 2 << 20;

    /// Execs at one time. The agent's table has 256 entries and drops one a moment after it was told that it may.
    public static final int EXECS = 192;

    private final VmRecord record;
    private final Machine machine;
    private final Semaphore output = new Semaphore(OUTPUT_BUDGET);
    private final Semaphore execs = new Semaphore(EXECS, true);
    private final Set<Resident> residents = new HashSet<>();
    private volatile Fate fate = Fate.RUNS;
    private Machine.@Nullable Ended ended;

    /// What this worker is about to do with it.
    public enum Fate {
        RUNS,
        STOPPED,
        DESTROYED
    }

    LiveVm(VmRecord record, Machine machine) {
        this.record = record;
        this.machine = machine;
    }

    public VmRecord record() {
        return record;
    }

    public Machine machine() {
        return machine;
    }

    public Semaphore output() {
        return output;
    }

    /// Places for execs: one too many waits for its turn, and is not claimed until then.
    public Semaphore execs() {
        return execs;
    }

    public Fate fate() {
        return fate;
    }

    void willBe(Fate next) {
        fate = next;
    }

    /// From now on it hears of the VM's end, at once when that has been.
    public void enter(Resident resident) {
        Machine.Ended already;
        synchronized (residents) {
            already = ended;
            if (already == null) {
                residents.add(resident);
            }
        }
        if (already != null) {
            resident.vmEnded(already, fate);
        }
    }

    public void leave(Resident resident) {
        synchronized (residents) {
            residents.remove(resident);
        }
    }

    /// Tells everything in it, once.
    void hasEnded(Machine.Ended how) {
        List<Resident> told;
        synchronized (residents) {
            if (ended != null) {
                return;
            }
            ended = how;
            told = new ArrayList<>(residents);
            residents.clear();
        }
        told.forEach(resident -> resident.vmEnded(how, fate));
    }
}
