package dev.noid.worker.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/// The real agent and the real image, made as a release makes them. What can't be made fails the tests: nothing is
/// skipped.
public final class GuestFiles {
    private static final Path TARGET = Path.of("target").toAbsolutePath();
    private static final Path AGENT = TARGET.resolve("guest-agent/noid-agent");
    private static final Path IMAGE = TARGET.resolve("test-image");

    private GuestFiles() {}

    public static synchronized Path agent() throws IOException, InterruptedException {
        run("make", "-s", "-C", "guest-agent", "OUT=" + AGENT.getParent());
        return AGENT;
    }

    public static synchronized Path image() throws IOException, InterruptedException {
        Path agent = agent();
        Path made = IMAGE.resolve("image.json");
        if (!Files.exists(made)
                || Files.getLastModifiedTime(made).compareTo(Files.getLastModifiedTime(agent)) < 0
                || Files.getLastModifiedTime(made)
                                .compareTo(Files.getLastModifiedTime(Path.of("guest-agent/image/build-image.sh")))
                        < 0) {
            run("sh", "guest-agent/image/build-image.sh", IMAGE.toString(), agent.toString());
        }
        return IMAGE;
    }

    private static void run(String... command) throws IOException, InterruptedException {
        Path said = Files.createTempFile("guest-files", ".log");
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(said.toFile())
                .start();
        boolean ended = process.waitFor(120, TimeUnit.SECONDS);
        assertThat(ended && process.exitValue() == 0)
                .as(String.join(" ", command) + ": " + Files.readString(said))
                .isTrue();
        Files.delete(said);
    }
}
