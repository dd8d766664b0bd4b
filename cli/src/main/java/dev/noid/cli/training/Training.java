package dev.noid.cli.training;

import dev.noid.cli.Cli;
import dev.noid.cli.print.Terminal;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;

/// What the build runs with `-XX:AOTCacheOutput`.
public final class Training {
    private static final List<String> RUNS = List.of(
            "--help",
            "exec --help",
            "ls",
            "ls -o json",
            "get web",
            "job ls",
            "job get job-1",
            "image ls",
            "nonsense",
            "create web --memory 256M",
            "exec web -- true",
            "run -- true",
            "checkpoint create web",
            "checkpoint ls web",
            "checkpoint tree web",
            "restore web",
            "fork --vm web",
            "rm web");

    private Training() {}

    /// What is loaded by name or before the first line of a real start.
    private static void load(String main) throws IOException {
        try {
            Class.forName(main);
        } catch (ClassNotFoundException e) {
            throw new IOException(e);
        }
        System.getenv();
    }

    public static void main(String[] args) throws IOException {
        load("dev.noid.cli.Main");
        OutputStream nowhere = OutputStream.nullOutputStream();
        Path home = Files.createTempDirectory("noid-training");
        Path config = Files.createDirectory(home.resolve("noid")).resolve("config.toml");
        try (CannedGateway gateway = new CannedGateway()) {
            Files.createFile(
                    config, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            Files.writeString(config, "server = \"" + gateway.url() + "\"\ntoken = \"t\"\n");
            Map<String, String> environment = Map.of("XDG_CONFIG_HOME", home.toString());
            for (String words : RUNS) {
                Terminal terminal = Terminal.of(new ByteArrayInputStream(new byte[10]), nowhere, nowhere);
                int code = new Cli(terminal, environment, Path.of("/")).run(words.split(" "));
                if (code != 0 && !words.equals("nonsense")) {
                    throw new IllegalStateException("noid " + words + " exits " + code);
                }
            }
        } finally {
            Files.deleteIfExists(config);
            Files.deleteIfExists(home.resolve("noid"));
            Files.deleteIfExists(home);
        }
    }
}
