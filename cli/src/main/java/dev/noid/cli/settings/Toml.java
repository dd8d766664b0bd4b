package dev.noid.cli.settings;

import dev.noid.cli.Failure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.dataformat.toml.TomlMapper;

/// A small file of `key = "value"` lines.
final class Toml {
    private final Path file;
    private final Map<String, String> values = new LinkedHashMap<>();

    private Toml(Path file) {
        this.file = file;
    }

    static Toml read(Path file) {
        Toml toml = new Toml(file);
        try {
            JsonNode root = new TomlMapper().readTree(Files.readString(file));
            root.properties().forEach(entry -> {
                if (!entry.getValue().isValueNode()) {
                    throw Failure.usage(entry.getKey() + " in " + file + " must be a plain value", null);
                }
                toml.values.put(entry.getKey(), entry.getValue().asString());
            });
            return toml;
        } catch (IOException | JacksonException e) {
            String why = String.valueOf(e.getMessage()).lines().findFirst().orElse("");
            throw Failure.usage(file + " can't be read: " + why, "correct or remove the file");
        }
    }

    void allow(Set<String> keys) {
        for (String key : values.keySet()) {
            if (!keys.contains(key)) {
                throw Failure.usage(
                        "unknown key '" + key + "' in " + file, "known are " + String.join(", ", new TreeSet<>(keys)));
            }
        }
    }

    @Nullable
    String get(String key) {
        return values.get(key);
    }

    static String quoted(String text) {
        return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
    }
}
