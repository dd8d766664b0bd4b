package dev.noid.schema;

import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;

/// Signals of Linux by name (without SIG) and number, as x86-64 and arm64 have them; see signal(7).
public final class SignalNames {
    private static final List<String> NAMES = List.of(
            "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2", "PIPE", "ALRM",
            "TERM", "STKFLT", "CHLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU", "URG", "XCPU", "XFSZ", "VTALRM", "PROF",
            "WINCH", "IO", "PWR", "SYS");
    private static final int FIRST_REAL_TIME = 34;
    private static final String REAL_TIME = "RTMIN+";

    private SignalNames() {}

    /// The names that people may send.
    public static List<String> all() {
        return NAMES;
    }

    /// By a name with or without `SIG`, in any case.
    public static OptionalInt number(String name) {
        String upper = name.toUpperCase(Locale.ROOT);
        int index = NAMES.indexOf(upper.startsWith("SIG") ? upper.substring(3) : upper);
        return index < 0 ? OptionalInt.empty() : OptionalInt.of(index + 1);
    }

    /// `TERM`; `RTMIN+1` for a real-time signal; the digits for a number without a name.
    public static String name(int number) {
        if (number >= 1 && number <= NAMES.size()) {
            return NAMES.get(number - 1);
        }
        return number >= FIRST_REAL_TIME ? REAL_TIME + (number - FIRST_REAL_TIME) : Integer.toString(number);
    }

    /// The number of what [#name] gave; 0 for any other text.
    public static int numberOf(String name) {
        try {
            if (name.startsWith(REAL_TIME)) {
                return FIRST_REAL_TIME + Integer.parseInt(name.substring(REAL_TIME.length()));
            }
            return NAMES.contains(name) ? NAMES.indexOf(name) + 1 : Integer.parseInt(name);
        } catch (NumberFormatException e) {
            return 0;
        }
    }
}
