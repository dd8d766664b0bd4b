package dev.noid.standalone.process;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/// A process that can be told from a later one with the same pid.
///
/// @param startTicks when it started, in clock ticks since boot (field 22 of `/proc/pid/stat`)
public record ProcessId(long pid, long startTicks) {
    private static final int POLL_MILLIS = 10;

    /// Empty when there is no such process, or only its zombie.
    public static Optional<ProcessId> of(long pid) {
        try {
            String stat = Files.readString(Path.of("/proc", Long.toString(pid), "stat"));
            // The command's name is in parentheses and may hold anything, so count from the last one.
            String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
            if (fields[0].equals("Z") || fields[0].equals("X")) {
                return Optional.empty();
            }
            return Optional.of(new ProcessId(pid, Long.parseLong(fields[19])));
        } catch (IOException _) {
            return Optional.empty();
        }
    }

    public boolean alive() {
        return of(pid).filter(this::equals).isPresent();
    }

    /// Sends a signal; does nothing when the process is gone.
    ///
    /// @param name without SIG: `TERM`, `INT`, `KILL`
    public void signal(String name) {
        if (!alive()) {
            return;
        }
        try {
            new ProcessBuilder("sh", "-c", "kill -\"$1\" \"$2\"", "kill", name, Long.toString(pid))
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start()
                    .waitFor(5, TimeUnit.SECONDS);
        } catch (IOException e) {
            throw new IllegalStateException("sh can't be run", e);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    /// True when the process has ended within `span`.
    public boolean awaitEnd(Duration span) {
        long end = System.nanoTime() + span.toNanos();
        while (alive()) {
            if (System.nanoTime() - end > 0) {
                return false;
            }
            try {
                Thread.sleep(POLL_MILLIS);
            } catch (InterruptedException _) {
                Thread.currentThread().interrupt();
                return false;
            }
        }
        return true;
    }

    /// Sends `signal`, waits `span`, then kills. False only when the kernel does not let it go (it waits for a disk).
    public boolean stop(String signal, Duration span) {
        signal(signal);
        if (awaitEnd(span)) {
            return true;
        }
        signal("KILL");
        return awaitEnd(Duration.ofSeconds(5));
    }
}
