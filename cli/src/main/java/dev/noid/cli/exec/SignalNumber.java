package dev.noid.cli.exec;

import java.util.List;

/// Linux's numbers of signals (x86 and arm64), as a shell adds them to 128.
final class SignalNumber {
    private static final List<String> NAMES = List.of(
            "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2", "PIPE", "ALRM",
            "TERM", "STKFLT", "CHLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU", "URG", "XCPU", "XFSZ", "VTALRM", "PROF",
            "WINCH", "IO", "PWR", "SYS");

    private SignalNumber() {}

    /// 0 for a name nobody knows.
    static int of(String name) {
        if (name.startsWith("RTMIN+")) {
            return 34 + Integer.parseInt(name.substring("RTMIN+".length()));
        }
        return name.chars().allMatch(Character::isDigit) && !name.isEmpty()
                ? Integer.parseInt(name)
                : NAMES.indexOf(name) + 1;
    }
}
