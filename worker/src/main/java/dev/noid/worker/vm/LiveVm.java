package dev.noid.worker.vm;

import dev.noid.worker.engine.Machine;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/// A VM whose VMM runs, as this worker sees it.
public final class LiveVm {
    /// Bytes of output that Kafka has not got yet; when they are used up, the VM's reader waits, then the guest.
    public static final int OUTPUT_BUDGET = 2 << 20;

    /// Execs at one time. The agent's table has 256 entries and drops one a moment after it was told that it may.
    public static final int EXECS = 192;

    /// Execs that wait for a place among those.
    static final int WAITING = 64;

    private volatile VmRecord record;
    private final Machine machine;
    private final Semaphore output = new Semaphore(OUTPUT_BUDGET);
    private final Semaphore execs = new Semaphore(EXECS, true);
    private final AtomicBoolean fresh = new AtomicBoolean(true);
    private final Set<Resident> residents = new HashSet<>();
    private volatile Fate fate = Fate.RUNS;
    private Machine.@Nullable Ended ended;
    private boolean unseen;

    /// What this worker is about to do with it.
    public enum Fate {
        RUNS,
        STOPPED,
        DESTROYED,
        /// Another one takes its place, made of a checkpoint.
        RESTORED
    }

    LiveVm(VmRecord record, Machine machine) {
        this.record = record;
        this.machine = machine;
    }

    public VmRecord record() {
        return record;
    }

    void record(VmRecord now) {
        record = now;
    }

    public Machine machine() {
        return machine;
    }

    public Semaphore output() {
        return output;
    }

    /// True once: what its guest still knows of earlier workers' execs is to be looked through.
    public boolean isFresh() {
        return fresh.getAndSet(false);
    }

    /// Waits for a place for an exec, until when it is not claimed. False when too many wait already: it comes again.
    public boolean enterExec() throws InterruptedException {
        if (execs.getQueueLength() >= WAITING) {
            return false;
        }
        execs.acquire();
        return true;
    }

    /// For one that runs already: false when there is no place, and then it goes on without one.
    public boolean enterRunningExec() {
        return execs.tryAcquire();
    }

    public void leaveExec() {
        execs.release();
    }

    public Fate fate() {
        return fate;
    }

    void willBe(Fate next) {
        fate = next;
    }

    /// Its VMM ended, and nobody here wanted that.
    boolean died() {
        synchronized (residents) {
            return ended != null && fate == Fate.RUNS;
        }
    }

    /// From now on it hears of the VM's end, at once when that has been.
    public void enter(Resident resident) {
        Machine.Ended already;
        boolean none;
        synchronized (residents) {
            already = ended;
            none = unseen;
            if (already == null && !none) {
                residents.add(resident);
            }
        }
        if (already != null) {
            resident.vmEnded(already, fate);
        } else if (none) {
            resident.vmUnseen();
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
            told = leaveAll();
        }
        told.forEach(resident -> resident.vmEnded(how, fate));
    }

    /// It is looked for anew, and what is in it with it.
    void isUnseen() {
        List<Resident> told;
        synchronized (residents) {
            unseen = true;
            told = leaveAll();
        }
        told.forEach(Resident::vmUnseen);
    }

    private List<Resident> leaveAll() {
        List<Resident> all = new ArrayList<>(residents);
        residents.clear();
        return all;
    }
}
