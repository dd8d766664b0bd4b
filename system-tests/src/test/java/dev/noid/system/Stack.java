package dev.noid.system;

import dev.noid.schema.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;

/// A whole Noid of its own, started as a person starts it: `noid up -d` with a data directory and a configuration of
/// its own.
/// Nothing in it is pretended: four processes, real Kafka, real Postgres. Closing it ends everything and checks for
/// leftovers.
final class Stack implements AutoCloseable {
    private static final Duration UP = Duration.ofSeconds(90);

    private final Path directory;
    private final Map<String, String> environment;

    private Stack(Path directory, Map<String, String> environment) {
        this.directory = directory;
        this.environment = environment;
    }

    /// @param engine `stub` or `qemu`
    static Stack up(String engine) {
        return up(engine, Map.of());
    }

    /// @param more environment of the supervisor and so of all parts
    static Stack up(String engine, Map<String, String> more) {
        Stack stack = prepare(engine, more);
        stack.start();
        return stack;
    }

    static Stack prepare(String engine, Map<String, String> more) {
        try {
            Path directory = Files.createTempDirectory("noid-system-");
            // The database runs as another user, which must be able to reach its directory below.
            Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx--x--x"));
            Map<String, String> environment = new HashMap<>();
            environment.put("NOID_DATA", directory.resolve("data").toString());
            environment.put("NOID_ENGINE", engine);
            environment.put("NOID_PORT", "0");
            environment.put("XDG_CONFIG_HOME", directory.resolve("config").toString());
            environment.putAll(more);
            return new Stack(directory, environment);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// `noid up -d`. Returns when all parts are ready.
    void start() {
        Finished up = standalone(UP, "up", "-d");
        if (up.exitCode() != 0) {
            throw new AssertionError("up failed: " + up + "\n" + logs());
        }
    }

    Path data() {
        return directory.resolve("data");
    }

    Path directory() {
        return directory;
    }

    Map<String, String> environment() {
        return environment;
    }

    /// Runs `noid up|down|status` to its end.
    Finished standalone(Duration limit, String... arguments) {
        return Processes.run(noid(arguments), environment, new byte[0], limit);
    }

    /// The CLI of a person who uses this stack.
    Cli cli() {
        return new Cli(environment, directory);
    }

    Http http() {
        return new Http(uri(), token());
    }

    String uri() {
        return setting("server");
    }

    String token() {
        return setting("token");
    }

    private String setting(String key) {
        Path file = directory.resolve("config/noid/config.toml");
        try (Stream<String> lines = Files.lines(file)) {
            return lines.filter(line -> line.startsWith(key + " ") || line.startsWith(key + "="))
                    .map(line -> line.substring(line.indexOf('"') + 1, line.lastIndexOf('"')))
                    .findFirst()
                    .orElseThrow(() -> new AssertionError("no " + key + " in " + file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Process id of `broker`, `postgres`, `gateway` or `worker` as `noid status` names it now.
    long pid(String part) {
        return part(part).path("pid").asLong();
    }

    int port(String part) {
        return part(part).path("port").asInt();
    }

    private JsonNode part(String name) {
        Finished status = standalone(Duration.ofSeconds(10), "status", "-o", "json");
        JsonNode root = Json.records().readTree(status.out());
        JsonNode parts = root.isArray() ? root : root.path("parts");
        for (JsonNode part : parts) {
            if (part.path("name").asString().equals(name)) {
                return part;
            }
        }
        throw new AssertionError("no part " + name + " in " + status);
    }

    /// kill -9.
    void kill(String part) {
        ProcessHandle.of(pid(part)).orElseThrow().destroyForcibly();
    }

    /// Stops a part where it stands (SIGSTOP), so that it is away without being restarted.
    void freeze(String part) {
        Processes.signal("STOP", pid(part));
    }

    void thaw(String part) {
        Processes.signal("CONT", pid(part));
    }

    /// The last lines of every log, for the message of a failed test.
    String logs() {
        StringBuilder text = new StringBuilder();
        try (Stream<Path> files = Files.list(data().resolve("logs"))) {
            for (Path file : files.sorted().toList()) {
                List<String> lines = Files.readAllLines(file);
                text.append("== ").append(file.getFileName()).append('\n');
                lines.stream().skip(Math.max(0, lines.size() - 40)).forEach(line -> text.append(line)
                        .append('\n'));
            }
        } catch (IOException e) {
            text.append("(no logs: ").append(e).append(")\n");
        }
        return text.toString();
    }

    /// `noid down`, then nothing may be left: no process whose environment or command line names the data directory,
    /// no memory file, no directory of a VM that is destroyed.
    @Override
    public void close() {
        standalone(Duration.ofSeconds(60), "down");
        List<String> left = Processes.mentioning(directory.toString());
        left.forEach(line -> Processes.signal("KILL", Long.parseLong(line.substring(0, line.indexOf(' ')))));
        Processes.deleteRecursively(directory);
        if (!left.isEmpty()) {
            throw new AssertionError("left running after down: " + left);
        }
    }

    /// The launcher, as a person calls it.
    static List<String> noid(String... arguments) {
        List<String> command = new ArrayList<>(List.of(Dist.launcher().toString()));
        command.addAll(List.of(arguments));
        return command;
    }

    /// How a process ended.
    record Finished(int exitCode, String out, String err) {}

    static Finished finish(Process process, Duration limit, byte[] stdin) throws IOException, InterruptedException {
        Processes.Drain out = Processes.drain(process.getInputStream());
        Processes.Drain err = Processes.drain(process.getErrorStream());
        try (var in = process.getOutputStream()) {
            in.write(stdin);
        } catch (IOException closedEarly) {
            // A process that ended without reading its stdin is a result like any other.
        }
        if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
            process.destroyForcibly();
            throw new AssertionError("not over after " + limit + ": " + process.info() + "\nout: " + out.text()
                    + "\nerr: " + err.text());
        }
        return new Finished(process.exitValue(), out.text(), err.text());
    }
}
