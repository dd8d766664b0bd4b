package dev.noid.cli.command;

import dev.noid.cli.Failure;
import dev.noid.cli.TypedBytes;
import dev.noid.cli.print.SystemError;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/// A file of variables in the form that `docker run --env-file` takes: one `K=V` a line, all behind the first `=` is
/// the value as it stands; `K` alone takes its value from here; empty lines and those that begin with `#` are
/// nothing.
final class EnvFile {
    private EnvFile() {}

    /// @param ours variables of this process
    static void read(String name, Path directory, Map<String, String> ours, Map<String, String> into) {
        List<String> lines;
        try {
            lines = Files.readAllLines(directory.resolve(name));
        } catch (CharacterCodingException _) {
            throw Failure.usage("--env-file " + name + " is not valid UTF-8", null);
        } catch (IOException e) {
            throw Failure.usage("--env-file " + name + " can't be read: " + SystemError.why(e), null);
        }
        for (int i = 0; i < lines.size(); i++) {
            String line =
                    i == 0 && lines.get(i).startsWith("\ufeff") ? lines.get(i).substring(1) : lines.get(i);
            line = line.stripLeading();
            if (!line.isEmpty() && !line.startsWith("#")) {
                take(line, name + " line " + (i + 1), ours, into);
            }
        }
    }

    private static void take(String line, String where, Map<String, String> ours, Map<String, String> into) {
        int equals = line.indexOf('=');
        String key = equals < 0 ? line.stripTrailing() : line.substring(0, equals);
        if (key.isEmpty() || key.chars().anyMatch(Character::isWhitespace)) {
            throw Failure.usage(
                    "--env-file " + where + ": '" + key + "' is no name of a variable", "e.g. LANG=C, without export");
        }
        if (equals >= 0) {
            into.put(key, line.substring(equals + 1));
        } else if (ours.containsKey(key)) {
            into.put(key, TypedBytes.variable(key, ours.getOrDefault(key, "")));
        }
    }
}
