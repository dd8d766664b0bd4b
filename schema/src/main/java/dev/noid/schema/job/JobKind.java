package dev.noid.schema.job;

import java.util.Locale;

/// What can be asked for. Every change of a VM is a job.
public enum JobKind {
    CREATE,
    START,
    STOP,
    DESTROY,
    CHECKPOINT,
    RESTORE,
    EXEC;

    /// One lifecycle job per VM at a time; later ones wait behind it.
    public boolean lifecycle() {
        return this != EXEC;
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
