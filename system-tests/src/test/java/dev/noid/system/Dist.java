package dev.noid.system;

import java.nio.file.Files;
import java.nio.file.Path;

/// What the build made besides jars: the guest agent and the default image.
final class Dist {
    private Dist() {}

    /// A directory with `noid-agent` and `images/`, as the launcher hands it to `noid up`.
    static Path home() {
        Path home = Path.of("..", "worker", "target", "dist").toAbsolutePath().normalize();
        if (!Files.isExecutable(home.resolve("noid-agent"))) {
            throw new AssertionError(home + " has no noid-agent: build the worker module first");
        }
        return home;
    }
}
