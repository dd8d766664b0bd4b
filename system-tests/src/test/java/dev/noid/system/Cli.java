package dev.noid.system;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;

/// The `noid` command of a person, as a process of its own.
final class Cli {
    private static final Duration LIMIT = Duration.ofSeconds(60);

    private final Map<String, String> environment;
    private final Path directory;

    Cli(Map<String, String> environment, Path directory) {
        this.environment = environment;
        this.directory = directory;
    }

    Stack.Finished run(String... arguments) {
        return Processes.run(Stack.noid(arguments), environment, new byte[0], LIMIT);
    }

    Stack.Finished runWith(String stdin, String... arguments) {
        return Processes.run(Stack.noid(arguments), environment, stdin.getBytes(StandardCharsets.UTF_8), LIMIT);
    }

    /// Starts it and leaves it running.
    Process start(String... arguments) throws IOException {
        return Processes.start(Stack.noid(arguments), environment);
    }

    Path directory() {
        return directory;
    }
}
