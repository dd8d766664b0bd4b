package dev.noid.bench.stack;

import java.util.Map;

/// Stacks that figures need: never two at once, so that none disturbs another's.
public enum StackKind {
    /// Every create loads the template itself.
    VMS("VMs"),
    /// One VM is kept warm.
    POOL("VMs and a warm pool"),
    /// Processes instead of VMs.
    STUB("stubs"),
    /// Processes instead of VMs, below a gateway and a worker with the smallest heap there is a promise for.
    SMALL("stubs in 128 MiB");

    private final String text;

    StackKind(String text) {
        this.text = text;
    }

    Map<String, String> environment() {
        return switch (this) {
            case VMS -> Map.of("NOID_ENGINE", "auto", "NOID_POOL", "0");
            case POOL -> Map.of("NOID_ENGINE", "auto", "NOID_POOL", "1");
            case STUB -> Map.of("NOID_ENGINE", "stub");
            case SMALL ->
                Map.of("NOID_ENGINE", "stub", "NOID_GATEWAY_OPTIONS", "-Xmx128m", "NOID_WORKER_OPTIONS", "-Xmx128m");
        };
    }

    @Override
    public String toString() {
        return text;
    }
}
