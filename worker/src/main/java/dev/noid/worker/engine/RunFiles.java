package dev.noid.worker.engine;

import dev.noid.worker.host.FileTree;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;

/// The run directories of one VM.
public final class RunFiles {
    private RunFiles() {}

    /// Of every generation.
    public static void removeAll(VmHome home) throws IOException {
        if (!Files.isDirectory(home.directory())) {
            return;
        }
        try (DirectoryStream<Path> runs = Files.newDirectoryStream(home.directory(), "run-*")) {
            for (Path run : runs) {
                FileTree.remove(run);
            }
        }
    }
}
