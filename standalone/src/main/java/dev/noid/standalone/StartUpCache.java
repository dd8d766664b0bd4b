package dev.noid.standalone;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/// Caches of loaded classes (JEP 514), one a part: they halve what a start costs. Each holds for exactly one JDK and
/// class path; with another the JVM silently starts without it.
public sealed interface StartUpCache {
    /// The JVM's remarks about a cache would go to standard output, where the line `ready` is awaited.
    List<String> QUIET = List.of("-Xlog:disable", "-Xlog:all=error:stderr");

    /// JVM flags for a part.
    List<String> flags(String part);

    /// How long a part may take to stop.
    Duration stopWithin(Duration usual);

    record None() implements StartUpCache {
        @Override
        public List<String> flags(String part) {
            return List.of();
        }

        @Override
        public Duration stopWithin(Duration usual) {
            return usual;
        }
    }

    /// @param directory that holds `PART.aot`
    record Use(Path directory) implements StartUpCache {
        @Override
        public List<String> flags(String part) {
            Path cache = directory.resolve(part + ".aot");
            if (!Files.exists(cache)) {
                return List.of();
            }
            return List.of("-XX:AOTCache=" + cache, "-XX:AOTMode=auto", QUIET.getFirst(), QUIET.getLast());
        }

        @Override
        public Duration stopWithin(Duration usual) {
            return usual;
        }
    }

    /// Makes them: a JVM writes its cache when it ends.
    record Make(Path directory) implements StartUpCache {
        @Override
        public List<String> flags(String part) {
            return List.of("-XX:AOTCacheOutput=" + directory.resolve(part + ".aot"), QUIET.getFirst(), QUIET.getLast());
        }

        @Override
        public Duration stopWithin(Duration usual) {
            return Duration.ofMinutes(5);
        }
    }
}
