package dev.noid.worker.engine;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/// What has to be the same for a saved VM to be loaded: names and values in order, such as `vmm` and `QEMU 7.2.22`.
public record Fingerprint(Map<String, String> parts) {
    /// The build of the program that runs VMs. Every engine has it.
    public static final String VMM = "vmm";

    public Fingerprint {
        parts = new LinkedHashMap<>(parts);
    }

    /// Which build it was, or is.
    public String vmm() {
        return parts.getOrDefault(VMM, "unknown");
    }

    /// As with another build.
    public Fingerprint withVmm(String build) {
        Map<String, String> changed = new LinkedHashMap<>(parts);
        changed.put(VMM, build);
        return new Fingerprint(changed);
    }

    /// The first difference as a sentence for a person; empty when there is none.
    public Optional<String> differsFrom(Fingerprint here) {
        for (Map.Entry<String, String> part : parts.entrySet()) {
            String now = here.parts.getOrDefault(part.getKey(), "unknown");
            if (!part.getValue().equals(now)) {
                return Optional.of(part.getKey() + " was " + part.getValue() + " and is " + now + " here");
            }
        }
        return Optional.empty();
    }
}
