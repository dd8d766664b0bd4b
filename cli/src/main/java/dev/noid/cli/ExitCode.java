package dev.noid.cli;

/// Exit codes of `noid`; `noid help exit-codes` explains them to people.
public final class ExitCode {
    public static final int OK = 0;
    public static final int FAILED = 1;
    public static final int USAGE = 2;
    public static final int AUTH = 4;
    public static final int TIMEOUT = 124;

    /// Noid itself could not run the command of an `exec` or `run`, as docker says it.
    public static final int NOID_FAILED = 125;

    public static final int NOT_EXECUTABLE = 126;
    public static final int NOT_FOUND = 127;

    /// Plus the number of the signal.
    public static final int SIGNALLED = 128;

    public static final int INTERRUPTED = 130;
    public static final int BROKEN_PIPE = 141;

    private ExitCode() {}
}
