package dev.noid.schema.record;

import java.util.Locale;

/// The byte streams a process writes. The number is the one of the agent protocol and of WebSocket frames.
public enum Stream {
    STDOUT(1),
    STDERR(2);

    private final int number;

    Stream(int number) {
        this.number = number;
    }

    public int number() {
        return number;
    }

    /// Throws IllegalArgumentException for a number that names no stream.
    public static Stream of(int number) {
        return switch (number) {
            case 1 -> STDOUT;
            case 2 -> STDERR;
            default -> throw new IllegalArgumentException("no stream " + number);
        };
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
