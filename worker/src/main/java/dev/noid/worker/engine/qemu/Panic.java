package dev.noid.worker.engine.qemu;

import dev.noid.worker.host.LastLine;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// A panic of a guest's kernel, found in what its console said. The guest writes there, so this is a hint for a person
/// and nothing is decided by it but the word for the VM's end.
final class Panic {
    /// Of Linux, `kernel/panic.c`.
    private static final String FIRST = "Kernel panic - not syncing";

    /// The panic's own line, then the ones that tell on which CPU, in which program and where.
    private static final int LINES = 4;

    /// Seconds since the boot, and with some configurations the thread.
    private static final Pattern STAMP = Pattern.compile("^(\\[[ 0-9.TC]+\\] ?)+");

    private Panic() {}

    /// As `code: sentence`; empty when the console tells of none.
    static Optional<String> in(String console) {
        int at = console.lastIndexOf(FIRST);
        if (at < 0) {
            return Optional.empty();
        }
        List<String> lines = console.substring(at).lines().limit(LINES).toList();
        return Optional.of("kernel_panic: the guest's kernel panicked: "
                + lines.stream()
                        .map(line -> LastLine.of(STAMP.matcher(line).replaceFirst("")))
                        .filter(line -> !line.isEmpty())
                        .collect(Collectors.joining(" / ")));
    }
}
