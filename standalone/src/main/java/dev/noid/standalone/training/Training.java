package dev.noid.standalone.training;

import dev.noid.schema.config.LogConfig;
import dev.noid.standalone.Stack;
import dev.noid.standalone.StackOptions;
import dev.noid.standalone.StartUpCache;
import dev.noid.standalone.api.ApiClient;
import dev.noid.standalone.command.Commands;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;

/// Run by the launcher after a build: `java -XX:AOTCacheOutput=DIR/up.aot … Training DIR`. Starts a stack in a
/// temporary directory, sends it what a first user would, and stops it; each part leaves its cache in DIR, and this
/// process, whose classes are those of `noid up`, `down` and `status`, leaves one too. `NOID_DATA` must name a
/// directory that does not exist.
public final class Training {
    private static final Duration TIMEOUT = Duration.ofSeconds(20);

    private Training() {}

    public static void main(String[] args) throws IOException, InterruptedException {
        LogConfig.use("dev/noid/standalone/logback.xml");
        // As far as they come without doing anything: what they load to get there is most of their time.
        Commands.run(new String[] {"status"});
        Commands.run(new String[] {"down"});
        Commands.run(new String[] {"up", "--port", "-1"});
        Path data = Files.createTempDirectory("noid-training-").toRealPath();
        Files.setPosixFilePermissions(data, PosixFilePermissions.fromString("rwx--x--x"));
        Map<String, String> environment = new HashMap<>(System.getenv());
        // No VM: the engine's own classes are few, and building must not need one.
        environment.put("NOID_ENGINE", "stub");
        try (Stack stack = Stack.start(
                data.resolve("data"),
                new StackOptions(
                        0, environment, new StartUpCache.Make(Path.of(args[0]).toAbsolutePath())))) {
            ApiClient api = new ApiClient(stack.url(), stack.adminToken(), TIMEOUT);
            // What comes back does not matter here.
            api.get("/hosts");
            api.send("POST", "/vms", "{\"name\":\"training\"}");
            api.send("POST", "/vms/training/exec", "{\"argv\":[\"true\"]}");
            api.send("DELETE", "/vms/training", "");
            stack.closeWithVms();
        } finally {
            delete(data);
        }
    }

    private static void delete(Path directory) throws IOException {
        try (var files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        }
    }
}
