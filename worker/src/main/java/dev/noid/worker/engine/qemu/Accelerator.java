package dev.noid.worker.engine.qemu;

import java.util.List;
import java.util.Locale;

/// Who runs the guest's instructions.
public enum Accelerator {
    KVM,
    /// QEMU itself, in software.
    TCG;

    /// Bound of TCG's cache of translated code, which may otherwise take a GiB per VM. To be counted in what a
    /// VM costs its host.
    public static final int TRANSLATIONS_MIB = 64;

    List<String> arguments() {
        return switch (this) {
            case KVM -> List.of("-accel", "kvm", "-cpu", "host");
            // qemu64 has what a Debian kernel needs, and fewer features are fewer to emulate.
            case TCG -> List.of("-accel", "tcg,tb-size=" + TRANSLATIONS_MIB, "-cpu", "qemu64");
        };
    }

    /// What a VM under it may expect.
    String isolation() {
        return switch (this) {
            case KVM -> "kvm";
            case TCG -> "none";
        };
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
