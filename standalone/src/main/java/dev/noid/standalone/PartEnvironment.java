package dev.noid.standalone;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/// What gateway and worker get told: every `NOID_…` of the stack's own environment, and over it what the stack
/// decides. A part stands in the data directory: the one that `noid up` was started in may be gone when it is started
/// again.
record PartEnvironment(DataRoot root, Map<String, String> given, String bootstrap, String jdbcUrl) {
    /// What may be given as seen from the directory that `noid up` was started in.
    private static final List<String> PATHS =
            List.of("NOID_IMAGES", "NOID_AGENT", "NOID_TMPFS", "NOID_CRASH_POINT", "NOID_HOME");

    ProcessBuilder of(List<String> command, String role, Path passwordFile, Map<String, String> own) {
        ProcessBuilder builder =
                new ProcessBuilder(command).directory(root.path().toFile());
        Map<String, String> environment = builder.environment();
        environment.keySet().removeIf(name -> name.startsWith("NOID_"));
        given.forEach((name, value) -> {
            // The token is the caller's, and no part's business.
            if (name.startsWith("NOID_") && !name.equals("NOID_TOKEN")) {
                environment.put(
                        name,
                        PATHS.contains(name) ? Path.of(value).toAbsolutePath().toString() : value);
            }
        });
        if (environment.containsKey("NOID_HOME")) {
            Path home = Path.of(environment.getOrDefault("NOID_HOME", ""));
            defaultTo(environment, "NOID_IMAGES", home.resolve("images"));
            defaultTo(environment, "NOID_AGENT", home.resolve("noid-agent"));
        }
        environment.put("NOID_DATA", root.path().toString());
        environment.put("NOID_KAFKA", bootstrap);
        environment.put("NOID_DATABASE_URL", jdbcUrl);
        environment.put("NOID_DATABASE_USER", role);
        environment.put("NOID_DATABASE_PASSWORD_FILE", passwordFile.toString());
        environment.putAll(own);
        return builder;
    }

    private static void defaultTo(Map<String, String> environment, String name, Path path) {
        if (!environment.containsKey(name) && Files.exists(path)) {
            environment.put(name, path.toString());
        }
    }
}
