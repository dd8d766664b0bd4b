package dev.noid.gateway.store;

import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A thread that looks at each VM that is named, at once, and at everything every so often. What it can't do while
/// the database is away comes with the next sweep.
public final class VmSweep implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(VmSweep.class);
    private static final Duration PATIENCE = Duration.ofSeconds(2);

    private final String name;
    private final Duration every;
    private final Consumer<String> one;
    private final Runnable all;
    private final Runnable onDeath;
    private final Thread thread;
    private final Set<String> named = new LinkedHashSet<>();
    private boolean sweepAsked;
    private volatile boolean stopped;

    /// @param one     looks at the VM with this id
    /// @param all     looks at everything
    /// @param onDeath hears when the thread has died
    public VmSweep(String name, Duration every, Consumer<String> one, Runnable all, Runnable onDeath) {
        this.name = name;
        this.every = every;
        this.one = one;
        this.all = all;
        this.onDeath = onDeath;
        this.thread = Thread.ofPlatform().name(name).unstarted(this::run);
    }

    public void start() {
        thread.start();
    }

    /// Something about this VM changed.
    public void look(String vm) {
        synchronized (named) {
            named.add(vm);
            named.notifyAll();
        }
    }

    public void lookEverywhere() {
        synchronized (named) {
            sweepAsked = true;
            named.notifyAll();
        }
    }

    private void run() {
        long last = System.nanoTime();
        try {
            while (!stopped) {
                List<String> vms;
                boolean sweep;
                synchronized (named) {
                    Duration left = every.minusNanos(System.nanoTime() - last);
                    if (named.isEmpty() && !sweepAsked && left.isPositive()) {
                        named.wait(Math.max(1, left.toMillis()));
                    }
                    vms = List.copyOf(named);
                    named.clear();
                    sweep = sweepAsked || System.nanoTime() - last >= every.toNanos();
                    sweepAsked = false;
                }
                if (sweep) {
                    last = System.nanoTime();
                }
                look(vms, sweep);
            }
        } catch (InterruptedException _) {
            // close()
        } catch (RuntimeException e) {
            log.error("{} died", name, e);
            onDeath.run();
        }
    }

    private void look(List<String> vms, boolean sweep) {
        try {
            vms.forEach(one);
            if (sweep) {
                all.run();
            }
        } catch (DatabaseUnavailable _) {
            log.debug("{} skipped, the database is away", name);
        }
    }

    @Override
    public void close() {
        stopped = true;
        if (!thread.isAlive()) {
            // Never started, because something before it could not.
            return;
        }
        thread.interrupt();
        try {
            thread.join(PATIENCE);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
