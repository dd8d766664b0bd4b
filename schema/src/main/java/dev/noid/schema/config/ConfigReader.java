package dev.noid.schema.config;

import dev.noid.schema.Nearest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.dataformat.toml.TomlMapper;

/// Reads one component's settings: `NOID_…` environment over a TOML file over defaults. Ask for every key, then call
/// [#finish]: it throws once, with all problems together, among them keys nobody asked for ("did you mean").
///
/// A key `database_url` is `NOID_DATABASE_URL` in the environment and `database_url = "…"` at the top of the file.
public final class ConfigReader {
    /// Keys of the components that read a file; one environment and one file serve all, so another's are no mistakes.
    private static final Set<String> SHARED_KEYS = Set.of(
            "agent",
            "data",
            "database_password_file",
            "database_url",
            "database_user",
            "engine",
            "host",
            "images",
            "keep_checkpoints",
            "keep_days",
            "keep_jobs",
            "keep_key_hours",
            "kafka",
            "listen",
            "memory",
            "partitions",
            "crash_point",
            "checkpoint_space",
            "pool",
            "pool_memory",
            "tmpfs",
            "max_body_bytes");

    /// Keys of the command line, the launcher and the stack: they read variables alone.
    private static final Set<String> ENVIRONMENT_KEYS = Set.of(
            "context",
            "home",
            "java_options",
            "port",
            "server",
            "token",
            "vm",
            "broker_options",
            "gateway_options",
            "worker_options",
            "demo_keep");

    private final Map<String, String> environment = new TreeMap<>();
    private final Map<String, String> file = new TreeMap<>();
    private final List<String> problems = new ArrayList<>();
    private final Set<String> asked = new TreeSet<>();
    private final Map<String, String> effective = new LinkedHashMap<>();

    public ConfigReader(Map<String, String> environment, @Nullable Path tomlFile) {
        environment.forEach((name, value) -> {
            if (name.startsWith("NOID_")) {
                this.environment.put(name.substring("NOID_".length()).toLowerCase(Locale.ROOT), value);
            }
        });
        if (tomlFile != null && Files.exists(tomlFile)) {
            readFile(tomlFile);
        }
    }

    private void readFile(Path tomlFile) {
        try {
            var root = new TomlMapper().readTree(Files.readString(tomlFile));
            root.properties().forEach(entry -> {
                if (entry.getValue().isValueNode()) {
                    file.put(entry.getKey(), entry.getValue().asString());
                } else {
                    problems.add(entry.getKey() + " in " + tomlFile + " must be a plain value, not a table or array");
                }
            });
        } catch (IOException | JacksonException e) {
            problems.add(tomlFile + " can't be read: "
                    + String.valueOf(e.getMessage()).lines().findFirst().orElse(""));
        }
    }

    public String string(String key, String otherwise) {
        return value(key).orElse(shown(key, otherwise));
    }

    public Optional<String> optional(String key) {
        return value(key);
    }

    /// A key without which the component can't run.
    public String required(String key) {
        return value(key).orElseGet(() -> {
            problems.add(key + " is not set: give " + variable(key) + " or put it into the configuration file");
            return "";
        });
    }

    public long integer(String key, long otherwise, long min, long max) {
        String text = string(key, Long.toString(otherwise));
        try {
            long number = Long.parseLong(text);
            if (number >= min && number <= max) {
                return number;
            }
        } catch (NumberFormatException _) {
            // Said below, with the range.
        }
        problems.add(key + " is '" + text + "', but must be a whole number from " + min + " to " + max);
        return otherwise;
    }

    public <E extends Enum<E>> E oneOf(String key, E otherwise, Class<E> type) {
        String text = string(key, otherwise.name().toLowerCase(Locale.ROOT));
        for (E constant : type.getEnumConstants()) {
            if (constant.name().equalsIgnoreCase(text)) {
                return constant;
            }
        }
        problems.add(key + " is '" + text + "', but must be one of "
                + Arrays.toString(type.getEnumConstants()).toLowerCase(Locale.ROOT));
        return otherwise;
    }

    public Path path(String key, Path otherwise) {
        return Path.of(string(key, otherwise.toString())).toAbsolutePath().normalize();
    }

    /// Adds a problem found by the component itself, so that it is listed with the others.
    public void problem(String text) {
        problems.add(text);
    }

    /// The values in force, for one log line at the start; secrets never pass through here, only the files they
    /// are in.
    public Map<String, String> effective() {
        return effective;
    }

    /// Throws [ConfigException] when anything was wrong.
    public void finish() {
        checkKnown(environment.keySet(), true);
        checkKnown(file.keySet(), false);
        if (!problems.isEmpty()) {
            throw new ConfigException(problems);
        }
    }

    private void checkKnown(Set<String> keys, boolean fromEnvironment) {
        for (String key : keys) {
            if (asked.contains(key) || SHARED_KEYS.contains(key)) {
                continue;
            }
            if (!ENVIRONMENT_KEYS.contains(key)) {
                Set<String> known = new TreeSet<>(SHARED_KEYS);
                known.addAll(asked);
                if (fromEnvironment) {
                    known.addAll(ENVIRONMENT_KEYS);
                }
                String suggestion = Nearest.of(key, known)
                        .map(candidate -> ": did you mean " + (fromEnvironment ? variable(candidate) : candidate) + "?")
                        .orElse("");
                problems.add((fromEnvironment ? variable(key) : key) + " is not known" + suggestion);
            } else if (!fromEnvironment) {
                problems.add(
                        key + " is read from the environment only: take it out of the file and give " + variable(key));
            }
        }
    }

    private Optional<String> value(String key) {
        asked.add(key);
        Optional<String> found = Optional.ofNullable(environment.get(key)).or(() -> Optional.ofNullable(file.get(key)));
        found.ifPresent(value -> effective.put(key, value));
        return found;
    }

    private String shown(String key, String otherwise) {
        effective.putIfAbsent(key, otherwise);
        return otherwise;
    }

    private static String variable(String key) {
        return "NOID_" + key.toUpperCase(Locale.ROOT);
    }
}
