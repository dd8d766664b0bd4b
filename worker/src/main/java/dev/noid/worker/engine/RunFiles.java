package dev.noid.worker.engine;

import dev.noid.worker.host.FileTree;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What the generations of one VM left in its home while they ran.
public final class RunFiles {
    private static final Pattern NAME = Pattern.compile("run-(\\d{1,18})(\\..*)?");

    private RunFiles() {}

    /// All that left something here, whether they still run or not.
    public static SortedSet<Long> generations(VmHome home) throws IOException {
        SortedSet<Long> generations = new TreeSet<>();
        if (Files.isDirectory(home.directory())) {
            try (DirectoryStream<Path> runs = Files.newDirectoryStream(home.directory(), "run-*")) {
                for (Path run : runs) {
                    Matcher name = NAME.matcher(run.getFileName().toString());
                    if (name.matches()) {
                        generations.add(Long.parseLong(name.group(1)));
                    }
                }
            }
        }
        return generations;
    }

    /// Of one generation, which does not run.
    public static void remove(VmHome home, long generation) throws IOException {
        FileTree.remove(home.run(generation));
        Files.deleteIfExists(home.state(generation));
        Files.deleteIfExists(home.wire(generation));
        Files.deleteIfExists(home.log(generation));
        Files.deleteIfExists(home.pid(generation));
        // Last: while anything is left, the lock says that nobody uses it.
        Files.deleteIfExists(home.lock(generation));
    }
}
