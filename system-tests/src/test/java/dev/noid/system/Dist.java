package dev.noid.system;

import java.nio.file.Files;
import java.nio.file.Path;

/// Where the thing under test is.
final class Dist {
    private Dist() {}

    /// `./noid` of this checkout.
    static Path launcher() {
        Path launcher = Path.of("..", "noid").toAbsolutePath().normalize();
        if (!Files.isExecutable(launcher)) {
            throw new AssertionError("no launcher at " + launcher);
        }
        return launcher;
    }
}
