package dev.noid.standalone.command;

import dev.noid.standalone.StackStart;
import java.util.Locale;

/// Errors as people see them: one line what, one line hint.
final class Answers {
    static final int FAILED = 1;

    private Answers() {}

    static int refuse(String what, String hint) {
        System.err.println("error: " + what);
        System.err.println("hint: " + hint);
        return FAILED;
    }

    static int failed(StackStart.Failed failed) {
        System.err.println("error: " + failed.part() + " did not start: " + failed.why() + "; its last lines:");
        failed.lastLines().forEach(line -> System.err.println("  " + line));
        System.err.println("hint: what had started was stopped; the whole log is logs/" + failed.part()
                + ".log in the data directory");
        return FAILED;
    }

    /// Since a reading of [System#nanoTime].
    static String seconds(long began) {
        return String.format(Locale.ROOT, "%.1f s", (System.nanoTime() - began) / 1e9);
    }
}
