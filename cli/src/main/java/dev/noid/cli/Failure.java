package dev.noid.cli;

import org.jspecify.annotations.Nullable;

/// The end of a command that could not do what was asked: one line what, one line what to do about it, and the exit
/// code.
public class Failure extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int exitCode;
    private final @Nullable String hint;
    private final @Nullable String code;

    public Failure(int exitCode, String message, @Nullable String hint) {
        this(exitCode, message, hint, null);
    }

    /// @param code of the gateway's problem or the job's error; null when it is neither
    public Failure(int exitCode, String message, @Nullable String hint, @Nullable String code) {
        super(message, null, false, false);
        this.exitCode = exitCode;
        this.hint = hint;
        this.code = code;
    }

    public static Failure usage(String message, @Nullable String hint) {
        return new Failure(ExitCode.USAGE, message, hint);
    }

    public static Failure failed(String message, @Nullable String hint) {
        return new Failure(ExitCode.FAILED, message, hint);
    }

    /// The same failure where exit codes 0 to 124 belong to the remote command. A mistake in the words typed
    /// stays one.
    public Failure insideExec() {
        return exitCode == ExitCode.USAGE ? this : new Failure(ExitCode.NOID_FAILED, message(), hint, code);
    }

    public int exitCode() {
        return exitCode;
    }

    public String message() {
        return String.valueOf(getMessage());
    }

    public @Nullable String code() {
        return code;
    }

    public @Nullable String hint() {
        return hint;
    }
}
