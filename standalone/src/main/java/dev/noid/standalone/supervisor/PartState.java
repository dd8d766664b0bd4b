package dev.noid.standalone.supervisor;

import java.util.Locale;

/// Where a part is.
public enum PartState {
    /// Its process runs or is about to, and does not serve yet.
    STARTING,
    RUNNING,
    /// Its process died; the next one waits for its turn.
    RESTARTING,
    STOPPED,
    /// It could not be started, and nobody tries any more.
    FAILED;

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
