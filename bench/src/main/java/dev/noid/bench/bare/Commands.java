package dev.noid.bench.bare;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/// Other people's programs.
final class Commands {
    private Commands() {}

    /// To its end; what it says is the failure's message.
    static void run(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (process.waitFor() != 0) {
            throw new IOException(List.of(command) + ": " + said);
        }
    }
}
