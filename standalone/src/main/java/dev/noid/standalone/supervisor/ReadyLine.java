package dev.noid.standalone.supervisor;

import dev.noid.schema.Deadline;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A part says that it serves by a line on standard output that starts with `ready`.
public final class ReadyLine implements Part.Readiness {
    private static final Logger LOG = LoggerFactory.getLogger(ReadyLine.class);
    /// Exit codes of a part that found its configuration or its data unusable; it will find the same again.
    private static final int BAD_CONFIGURATION = 2;

    /// EX_CONFIG of sysexits.h. Not 3: a JVM that runs out of memory exits with that.
    private static final int REFUSED_DATA = 78;

    @Override
    public Part.Answer await(Process process, Deadline deadline) throws InterruptedException {
        CompletableFuture<Boolean> ready = new CompletableFuture<>();
        Thread.ofPlatform().daemon().name("ready-line-" + process.pid()).start(() -> read(process, ready));
        try {
            if (ready.get(deadline.left().toMillis(), TimeUnit.MILLISECONDS)) {
                return new Part.Answer.Ready();
            }
            // Standard output is closed: the process is ending.
            if (process.waitFor(deadline.left().toMillis(), TimeUnit.MILLISECONDS)
                    && (process.exitValue() == BAD_CONFIGURATION || process.exitValue() == REFUSED_DATA)) {
                return new Part.Answer.Hopeless("it refused to start (exit code " + process.exitValue() + ")");
            }
            return new Part.Answer.NotReady();
        } catch (TimeoutException _) {
            return new Part.Answer.NotReady();
        } catch (ExecutionException e) {
            throw new IllegalStateException(e);
        }
    }

    /// Reads on after the line, so that a part that prints more never waits for a full pipe.
    private static void read(Process process, CompletableFuture<Boolean> ready) {
        try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.startsWith("ready")) {
                    ready.complete(true);
                } else {
                    // A JVM that can't even begin says so here.
                    LOG.info("pid={} says: {}", process.pid(), line);
                }
            }
        } catch (IOException _) {
            // The pipe broke: the process is gone.
        } finally {
            ready.complete(false);
        }
    }
}
