package dev.noid.schema.vm;

import java.util.Locale;

/// What somebody asked a VM to be.
public enum VmDesired {
    RUNNING,
    PAUSED,
    STOPPED,
    DESTROYED;

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
