package dev.noid.cli.print;

import java.util.Locale;

/// `-o`.
public enum Format {
    TABLE,
    JSON;

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
