package dev.noid.worker.vm;

import dev.noid.schema.Deadline;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/// Makes chains short of disks that nobody checkpoints at the moment, one after the other.
public final class Flattener {
    /// More are made fewer.
    static final int MOST = 8;

    /// Copied layers are in no checkpoint but the next ones, so a VM that is being checkpointed again and again would
    /// pay for each try with disk space.
    private static final Duration SETTLED = Duration.ofSeconds(10);

    private static final Duration AFTER_FAILURE = Duration.ofMinutes(10);

    private final Chains chains;
    private final Vms vms;
    private final Duration settled;
    private final Map<String, Wait> waits = new HashMap<>();

    /// @param layers as they were when the wait began; with others it begins anew
    private record Wait(List<String> layers, Deadline until) {}

    public Flattener(Chains chains, Vms vms) {
        this(chains, vms, SETTLED);
    }

    Flattener(Chains chains, Vms vms, Duration settled) {
        this.chains = chains;
        this.vms = vms;
        this.settled = settled;
    }

    /// All that are due now. Only one thread calls this.
    public void round() {
        List<LiveVm> deep = vms.all().stream()
                .filter(live -> live.record().layers().size() > MOST)
                .toList();
        Set<String> named = deep.stream().map(live -> live.record().vm()).collect(Collectors.toSet());
        waits.keySet().retainAll(named);
        for (LiveVm live : deep) {
            VmRecord record = live.record();
            Wait wait = waits.get(record.vm());
            if (wait == null || !wait.layers().equals(record.layers())) {
                Duration left = wait == null ? Duration.ZERO : wait.until().left();
                Duration longer = left.compareTo(settled) > 0 ? left : settled;
                waits.put(record.vm(), new Wait(record.layers(), Deadline.after(longer)));
            } else if (wait.until().passed()) {
                boolean done = live.fate() == LiveVm.Fate.RUNS && chains.shortenBeside(live);
                if (!done) {
                    waits.put(record.vm(), new Wait(record.layers(), Deadline.after(AFTER_FAILURE)));
                }
            }
        }
    }
}
