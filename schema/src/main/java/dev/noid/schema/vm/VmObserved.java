package dev.noid.schema.vm;

import static java.util.Map.entry;

import dev.noid.schema.Transition;
import java.util.List;
import java.util.Locale;

/// What a VM was last seen to be. The legal steps are [#TRANSITIONS], which the database enforces too.
public enum VmObserved {
    /// The row exists, no host has touched it yet.
    PENDING,
    STARTING,
    RUNNING,
    PAUSED,
    STOPPING,
    STOPPED,
    /// Could not start, or its VMM ended by itself with an error; the reason is beside it. Can be started again or
    /// destroyed.
    FAILED,
    DESTROYED;

    public static final List<Transition<VmObserved>> TRANSITIONS = List.of(
                    entry("PENDING STARTING", "create is claimed"),
                    entry("PENDING DESTROYED", "destroyed before a host took it"),
                    entry("STARTING RUNNING", "agent answered"),
                    entry("STARTING PENDING", "create undone, to be tried again"),
                    entry("STARTING FAILED", "start failed and was undone"),
                    entry("STARTING STOPPED", "start was cancelled and undone"),
                    entry("STARTING DESTROYED", "create undone, or destroyed while starting"),
                    entry("RUNNING STOPPING", "stop is claimed"),
                    entry("RUNNING STOPPED", "guest shut itself down"),
                    entry("RUNNING FAILED", "VMM ended with an error"),
                    entry("STOPPING STOPPED", "VMM ended"),
                    entry("STOPPED STARTING", "start is claimed"),
                    entry("FAILED STARTING", "start is claimed"),
                    entry("RUNNING DESTROYED", "destroyed"),
                    entry("STOPPING DESTROYED", "destroyed"),
                    entry("STOPPED DESTROYED", "destroyed"),
                    entry("FAILED DESTROYED", "destroyed"))
            .stream()
            .map(step -> {
                String[] ends = step.getKey().split(" ", 2);
                return new Transition<>(VmObserved.valueOf(ends[0]), VmObserved.valueOf(ends[1]), step.getValue());
            })
            .toList();

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
