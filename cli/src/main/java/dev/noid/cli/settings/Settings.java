package dev.noid.cli.settings;

import dev.noid.cli.ExitCode;
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
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// What is in force: flag over environment over `.noid` over configuration.
public final class Settings {
    private static final Pattern TOKEN = Pattern.compile("[A-Za-z0-9._~+/-]+=*");
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
                        ExitCode.AUTH, file + " holds a token and others may read or change it", "chmod 600 " + file);
            }
        } catch (IOException e) {
            throw Failure.usage(file + " can't be read: " + e, null);
        }
        Toml toml = Toml.read(file);
        toml.allow(Set.of("server", "token"));
        return toml;
    }

    /// Throws a failure when `.noid` names a server that a token is not meant for: a work tree may be
    /// anybody's.
    public Server server(@Nullable String flag) {
        @Nullable String typed = first(flag, environment.get("NOID_SERVER"));
        @Nullable String found = first(dotNoid.map(DotNoid::server).orElse(null));
        String own = or(config.map(toml -> toml.get("server")).orElse(null), DEFAULT_SERVER);
        @Nullable
        String token = first(
                environment.get("NOID_TOKEN"),
                config.map(toml -> toml.get("token")).orElse(null));
        URI base = base(or(first(typed, found), own));
        if (typed == null && found != null && token != null && !same(base, base(own))) {
            throw new Failure(
                    ExitCode.AUTH,
                    dotNoid.orElseThrow().file() + " names the server " + base + ", which the token is not for",
                    "if it may have one: export NOID_SERVER=... NOID_TOKEN=..., or name it in "
                            + configFile(environment));
        }
        return new Server(base, token == null ? null : checkedToken(token, environment));
    }

    /// As RFC 6750 has it, section 2.1; blanks and a line's end around it are what files and secrets of a CI add. It
    /// is never shown.
    private static String checkedToken(String text, Map<String, String> environment) {
        String token = text.strip();
        if (!TOKEN.matcher(token).matches()) {
            boolean ofEnvironment = text.equals(environment.get("NOID_TOKEN"));
            throw new Failure(
                    ExitCode.AUTH,
                    "the token of " + (ofEnvironment ? "NOID_TOKEN" : configFile(environment))
                            + " has a character that no token has: a blank, a line break or one beyond ASCII",
                    "set it again, as it was given");
        }
        return token;
    }

    private static boolean same(URI one, URI other) {
        return one.getScheme().equals(other.getScheme())
                && one.getHost().equalsIgnoreCase(other.getHost())
                && port(one) == port(other)
                && one.getRawPath().equals(other.getRawPath());
    }

    private static int port(URI uri) {
        return uri.getPort() >= 0 ? uri.getPort() : uri.getScheme().equals("https") ? 443 : 80;
    }

    private static URI base(String url) {
        try {
            URI uri = URI.create(url.strip().replaceAll("/+$", ""));
            if (uri.getUserInfo() != null) {
                throw Failure.usage("the server's URL holds a user or a password", "noid takes a token: NOID_TOKEN");
            }
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

    private static String or(@Nullable String value, String otherwise) {
        return value == null || value.isEmpty() ? otherwise : value;
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
