package dev.noid.worker.vm;

import dev.noid.worker.guest.Guest;
import dev.noid.worker.store.Database;
import dev.noid.worker.store.VmRows;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The pulse of the VMs in use: asks each guest that has been silent for a while for a sign of life, connects to it
/// anew when none came, and says in the VM's row since when it does not answer, or why it stands still. One thread
/// calls [#round]; nothing in it waits for a guest.
///
/// A guest is not expected to answer while somebody changes its VM (a checkpoint freezes it), nor after this process
/// was itself stopped for a while.
public final class VmPulse {
    private static final Logger log = LoggerFactory.getLogger(VmPulse.class);

    /// How often [#round] is to be called.
    public static final Duration EVERY = Duration.ofMillis(2500);

    /// After so much silence each round asks for a sign of life. An idle guest is woken every 5 to 7.5 s.
    static final Duration QUIET = Duration.ofSeconds(5);

    /// Two signs of life have not come: half a frame may be in the way.
    static final Duration RENEW = Duration.ofSeconds(13);

    /// The new connection did not help either. A guest under emulation on a host that is overloaded answers within a
    /// few seconds.
    static final Duration UNRESPONSIVE = Duration.ofSeconds(20);

    private final Vms vms;
    private final Health rows;
    private final LongSupplier nanoTime;
    private final Map<LiveVm, Watched> watched = new HashMap<>();
    private long lastRound;

    /// See [VmRows#health].
    interface Health {
        boolean write(String vm, long generation, @Nullable Duration silent, @Nullable String reason);
    }

    /// What this worker knows of one VM's pulse.
    private static final class Watched {
        /// Silence counts from here at the earliest.
        long since;

        boolean renewed;
        boolean unresponsive;

        @Nullable
        String reason;

        Watched(long since) {
            this.since = since;
        }
    }

    public VmPulse(Vms vms, VmRows rows) {
        this(vms, rows::health, System::nanoTime);
    }

    VmPulse(Vms vms, Health rows, LongSupplier nanoTime) {
        this.vms = vms;
        this.rows = rows;
        this.nanoTime = nanoTime;
        this.lastRound = nanoTime.getAsLong();
    }

    public void round() {
        long now = nanoTime.getAsLong();
        boolean late = now - lastRound > EVERY.multipliedBy(3).toNanos();
        lastRound = now;
        Set<LiveVm> here = new HashSet<>(vms.all());
        watched.keySet().retainAll(here);
        for (LiveVm vm : here) {
            Watched known = watched.computeIfAbsent(vm, _ -> new Watched(now));
            look(vm, known, now, late);
        }
    }

    private void look(LiveVm vm, Watched known, long now, boolean late) {
        Guest guest = vm.machine().guest();
        Optional<String> stall = vm.machine().stall();
        Duration silence = guest.silence();
        if (silence.compareTo(QUIET) < 0) {
            known.renewed = false;
            say(vm, known, null, stall);
            return;
        }
        guest.prod();
        if (late
                || stall.isPresent()
                || guest.frozen()
                || vms.changing(vm.record().vm())) {
            known.since = now;
            say(vm, known, known.unresponsive ? silence : null, stall);
            return;
        }
        Duration watchedFor = Duration.ofNanos(now - known.since);
        Duration counted = silence.compareTo(watchedFor) < 0 ? silence : watchedFor;
        if (counted.compareTo(RENEW) >= 0 && !known.renewed) {
            known.renewed = true;
            guest.renew();
        }
        boolean unresponsive = known.unresponsive || counted.compareTo(UNRESPONSIVE) >= 0;
        say(vm, known, unresponsive ? counted : null, stall);
    }

    /// Writes what has changed; what can't be written now is written by a later round.
    private void say(LiveVm vm, Watched known, @Nullable Duration silent, Optional<String> stall) {
        String reason = stall.orElse(null);
        boolean same = known.unresponsive == (silent != null) && stall.equals(Optional.ofNullable(known.reason));
        if (same) {
            return;
        }
        VmRecord record = vm.record();
        try {
            var _ = rows.write(record.vm(), record.generation(), silent, reason);
        } catch (RuntimeException e) {
            if (!Database.transientFault(e)) {
                throw e;
            }
            return;
        }
        known.unresponsive = silent != null;
        known.reason = reason;
        log.warn(
                "vm's health changed vm={} generation={} unresponsive={} reason=\"{}\"",
                record.vm(),
                record.generation(),
                known.unresponsive,
                reason == null ? "" : reason);
    }
}
