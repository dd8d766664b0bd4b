package dev.noid.cli.settings;

import dev.noid.cli.Failure;
import dev.noid.schema.Names;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What is in force: flag over environment over `.noid` over configuration.
public final class Settings {
    private static final String DEFAULT_SERVER = "http://127.0.0.1:7070";

    private final Map<String, String> environment;
    private final Optional<DotNoid> dotNoid;
    private final Optional<Toml> config;

    private Settings(Map<String, String> environment, Optional<DotNoid> dotNoid, Optional<Toml> config) {
        this.environment = environment;
        this.dotNoid = dotNoid;
        this.config = config;
    }

    public static Settings read(Map<String, String> environment, Path directory) {
        Path file = configFile(environment);
        return new Settings(
                environment,
                DotNoid.find(directory),
                Files.exists(file) ? Optional.of(config(file)) : Optional.empty());
    }

    /// `$XDG_CONFIG_HOME/noid/config.toml`.
    public static Path configFile(Map<String, String> environment) {
        String home = environment.getOrDefault("XDG_CONFIG_HOME", "");
        Path base = home.isEmpty() ? Path.of(environment.getOrDefault("HOME", "/"), ".config") : Path.of(home);
        return base.resolve("noid").resolve("config.toml");
    }

    private static Toml config(Path file) {
        try {
            Set<PosixFilePermission> others = EnumSet.copyOf(Files.getPosixFilePermissions(file));
            others.removeAll(PosixFilePermissions.fromString("rwx------"));
            if (!others.isEmpty()) {
                throw new Failure(
                        dev.noid.cli.ExitCode.AUTH,
                        file + " holds a token and others may read or change it",
                        "chmod 600 " + file);
            }
        } catch (IOException e) {
            throw Failure.usage(file + " can't be read: " + e, null);
        }
        Toml toml = Toml.read(file);
        toml.allow(Set.of("server", "token"));
        return toml;
    }

    public Server server(@Nullable String flag) {
        String url = first(
                flag,
                environment.get("NOID_SERVER"),
                dotNoid.map(DotNoid::server).orElse(null),
                config.map(toml -> toml.get("server")).orElse(null));
        String token = first(
                environment.get("NOID_TOKEN"),
                config.map(toml -> toml.get("token")).orElse(null));
        return new Server(base(url == null ? DEFAULT_SERVER : url), token);
    }

    private static URI base(String url) {
        try {
            URI uri = URI.create(url.replaceAll("/+$", ""));
            if (uri.getHost() != null && ("http".equals(uri.getScheme()) || "https".equals(uri.getScheme()))) {
                return uri;
            }
        } catch (IllegalArgumentException _) {
            // Said below.
        }
        throw Failure.usage("server '" + url + "' is not a URL", "e.g. " + DEFAULT_SERVER);
    }

    /// The VM meant when none is named.
    public Optional<String> activeVm() {
        return Optional.ofNullable(
                first(environment.get("NOID_VM"), dotNoid.map(DotNoid::vm).orElse(null)));
    }

    /// The VM named, or the active one. Throws a usage failure when there is none, or its name can't be one.
    public String vm(@Nullable String named) {
        String name = named != null
                ? named
                : activeVm()
                        .orElseThrow(
                                () -> Failure.usage("no VM named", "name one, or set the active one: noid use NAME"));
        return checkedName(name);
    }

    public static String checkedName(String name) {
        if (!Names.valid(name)) {
            throw Failure.usage(
                    "'" + name + "' can't be the name of a VM",
                    "lower-case letters, digits and inner dashes, at most 63, e.g. web-1");
        }
        return name;
    }

    private static @Nullable String first(@Nullable String... values) {
        for (String value : values) {
            if (value != null && !value.isEmpty()) {
                return value;
            }
        }
        return null;
    }
}
