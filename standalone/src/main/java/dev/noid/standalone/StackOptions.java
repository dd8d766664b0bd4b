package dev.noid.standalone;

import java.nio.file.Path;
import java.util.Map;

/// How a stack is started.
///
/// @param port of the API; 0: a free one
/// @param environment of the parts: every `NOID_…` in it reaches them, over it comes what the stack itself decides
/// @param startUpCache what makes the JVMs start sooner
public record StackOptions(int port, Map<String, String> environment, StartUpCache startUpCache) {

    public StackOptions {
        environment = Map.copyOf(environment);
    }

    /// With the caches that the launcher has made, if any.
    public StackOptions(int port, Map<String, String> environment) {
        this(
                port,
                environment,
                environment.containsKey("NOID_HOME")
                        ? new StartUpCache.Use(Path.of(environment.getOrDefault("NOID_HOME", ""), "server"))
                        : new StartUpCache.None());
    }
}
