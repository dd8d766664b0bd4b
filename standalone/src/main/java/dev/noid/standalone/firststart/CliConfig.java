package dev.noid.standalone.firststart;

import dev.noid.standalone.process.AtomicFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// The CLI's configuration, `config.toml` with the keys `server` and `token`. A stack puts itself into it when
/// it names no server or this stack already; another server's token is left alone.
public record CliConfig(Path file) {
    private static final Pattern ENTRY = Pattern.compile("^\\s*(server|token)\\s*=\\s*[\"'](.*)[\"']\\s*(#.*)?$");

    public static CliConfig of(Map<String, String> environment) {
        String home = environment.get("XDG_CONFIG_HOME");
        Path directory = home != null && !home.isBlank()
                ? Path.of(home)
                : Path.of(environment.getOrDefault("HOME", System.getProperty("user.home")), ".config");
        return new CliConfig(directory.resolve("noid").resolve("config.toml"));
    }

    /// False when the configuration is for another server; then it is as it was.
    public boolean use(String server, String token) throws IOException {
        List<String> lines = Files.exists(file) ? Files.readAllLines(file) : List.of();
        Optional<String> knownServer = value(lines, "server");
        boolean foreign = knownServer.isPresent()
                && !knownServer.get().equals(server)
                && !value(lines, "token").equals(Optional.of(token));
        if (foreign) {
            return false;
        }
        makeClosed(file.toAbsolutePath().getParent());
        AtomicFile.write(file, text(lines, server, token), "rw-------");
        return true;
    }

    /// As the XDG base directory specification has it; one that is there stays as its owner made it.
    private static void makeClosed(@Nullable Path directory) throws IOException {
        if (directory != null && !Files.exists(directory)) {
            Files.createDirectories(directory.resolveSibling("."));
            Files.createDirectory(
                    directory, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        }
    }

    /// Writes the two keys into a file of the stack's own.
    public void replace(String server, String token) throws IOException {
        AtomicFile.write(file, text(List.of(), server, token), "rw-------");
    }

    /// Other keys and comments stay; keys without a table must come before the first one.
    private static String text(List<String> lines, String server, String token) {
        List<String> all = new ArrayList<>(List.of("server = \"" + server + "\"", "token = \"" + token + "\""));
        int top = top(lines);
        for (int i = 0; i < lines.size(); i++) {
            if (i >= top || !ENTRY.matcher(lines.get(i)).matches()) {
                all.add(lines.get(i));
            }
        }
        return String.join("\n", all) + "\n";
    }

    private static Optional<String> value(List<String> lines, String key) {
        return lines.subList(0, top(lines)).stream()
                .map(ENTRY::matcher)
                .filter(Matcher::matches)
                .filter(entry -> entry.group(1).equals(key))
                .map(entry -> entry.group(2))
                .findFirst();
    }

    private static int top(List<String> lines) {
        int first = 0;
        while (first < lines.size() && !lines.get(first).stripLeading().startsWith("[")) {
            first++;
        }
        return first;
    }
}
