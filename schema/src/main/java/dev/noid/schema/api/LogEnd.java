package dev.noid.schema.api;

import java.util.Locale;

/// Why nothing more will be written into a VM's log.
public enum LogEnd {
    /// The VM stopped, failed or was removed.
    STOPPED,
    /// It was put back or started again: what it is now has a log of its own.
    REPLACED;

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
