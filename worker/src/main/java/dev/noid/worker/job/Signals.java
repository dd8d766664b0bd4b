package dev.noid.worker.job;

import java.util.List;

/// Linux's names of signals, without SIG.
final class Signals {
    private static final List<String> NAMES = List.of(
            "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2", "PIPE", "ALRM",
            "TERM", "STKFLT", "CHLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU", "URG", "XCPU", "XFSZ", "VTALRM", "PROF",
            "WINCH", "IO", "PWR", "SYS");
    private static final int FIRST_REAL_TIME = 34;

    private Signals() {}

    static String name(int number) {
        if (number >= 1 && number <= NAMES.size()) {
            return NAMES.get(number - 1);
        }
        return number >= FIRST_REAL_TIME ? "RTMIN+" + (number - FIRST_REAL_TIME) : Integer.toString(number);
    }
}
