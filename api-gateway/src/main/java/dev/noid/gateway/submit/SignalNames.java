package dev.noid.gateway.submit;

import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;

/// Linux signal names and numbers, as every architecture Noid runs on has them.
public final class SignalNames {
    private static final List<String> NAMES = List.of(
            "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2", "PIPE", "ALRM",
            "TERM", "STKFLT", "CHLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU", "URG", "XCPU", "XFSZ", "VTALRM", "PROF",
            "WINCH", "IO", "PWR", "SYS");

    private SignalNames() {}

    /// With or without `SIG`, in any case.
    public static OptionalInt number(String name) {
        String upper = name.toUpperCase(Locale.ROOT);
        int index = NAMES.indexOf(upper.startsWith("SIG") ? upper.substring(3) : upper);
        return index < 0 ? OptionalInt.empty() : OptionalInt.of(index + 1);
    }

    public static List<String> all() {
        return NAMES;
    }
}
