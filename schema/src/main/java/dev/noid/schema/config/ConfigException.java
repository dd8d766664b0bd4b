package dev.noid.schema.config;

import java.util.List;

/// The configuration can't be used. The message lists every problem, one per line.
public final class ConfigException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public ConfigException(List<String> problems) {
        super("configuration has " + problems.size() + (problems.size() == 1 ? " problem:" : " problems:") + "\n  "
                + String.join("\n  ", problems));
    }
}
