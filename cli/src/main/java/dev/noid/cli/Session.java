package dev.noid.cli;

import dev.noid.cli.http.Api;
import dev.noid.cli.print.Printer;
import dev.noid.cli.print.Terminal;
import dev.noid.cli.settings.Server;
import dev.noid.cli.settings.Settings;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// One invocation: what was typed, from where, and what follows from it. Settings and API are made when first needed,
/// so that `noid --help` reads no file.
public final class Session {
    private final Terminal terminal;
    private final Map<String, String> environment;
    private final Path directory;
    private final @Nullable List<String> tail;
    private @Nullable String serverFlag;
    private @Nullable Settings settings;
    private @Nullable Api api;

    /// @param tail the words behind the first `--`; null when there was none
    public Session(Terminal terminal, Map<String, String> environment, Path directory, @Nullable List<String> tail) {
        this.terminal = terminal;
        this.environment = environment;
        this.directory = directory;
        this.tail = tail;
    }

    public Terminal terminal() {
        return terminal;
    }

    public Printer printer() {
        return new Printer(terminal);
    }

    public Map<String, String> environment() {
        return environment;
    }

    public Path directory() {
        return directory;
    }

    public @Nullable List<String> tail() {
        return tail;
    }

    public void serverFlag(@Nullable String url) {
        serverFlag = url;
    }

    public Settings settings() {
        Settings known = settings;
        if (known == null) {
            known = Settings.read(environment, directory);
            settings = known;
        }
        return known;
    }

    public Server server() {
        return settings().server(serverFlag);
    }

    public Api api() {
        Api known = api;
        if (known == null) {
            known = new Api(server(), terminal);
            api = known;
        }
        return known;
    }
}
