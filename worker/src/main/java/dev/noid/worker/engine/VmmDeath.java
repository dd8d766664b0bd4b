package dev.noid.worker.engine;

import java.util.Optional;
import java.util.OptionalInt;

/// Words for the end of a VMM that nobody asked for and that its guest did not choose.
final class VmmDeath {
    /// Linux, signal(7).
    private static final int SIGBUS = 7;

    private static final int SIGKILL = 9;

    /// A process that a signal ended has this much more than the signal as its exit code.
    private static final int SIGNALLED = 128;

    private VmmDeath() {}

    /// As `code: sentence` where the cause has a code.
    ///
    /// @param code     of the process; nobody knows an adopted one's
    /// @param shortage what the place that holds the VM's memory lacks, as a sentence
    /// @param said     the process's last line; may be empty
    static String reason(OptionalInt code, Optional<String> shortage, String said) {
        boolean bus = code.isPresent() && code.getAsInt() == SIGNALLED + SIGBUS;
        if (bus || (code.isEmpty() && shortage.isPresent())) {
            return HostMemoryFull.CODE + ": the VM touched memory that its host could not give: "
                    + shortage.orElse("the VMM was killed by SIGBUS");
        }
        String how = code.isPresent() && code.getAsInt() > SIGNALLED ? signal(code.getAsInt() - SIGNALLED) : "";
        return "the VMM was killed or died" + how + (said.isEmpty() ? "" : ": " + said);
    }

    private static String signal(int number) {
        return number == SIGKILL
                ? " (SIGKILL: somebody's, or the kernel's when the host's memory is short)"
                : " (signal " + number + ")";
    }
}
