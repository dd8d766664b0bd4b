package dev.noid.standalone;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/// Whether the worker goes on: it has no port that could be asked, and touches its lock every 2 s instead. That needs
/// neither database nor broker nor room on the disk.
record WorkerAnswer(Path lock, InstantSource clock) {
    private static final Duration OLD = Duration.ofSeconds(10);

    boolean within(Duration patience) {
        try {
            Instant touched = Files.getLastModifiedTime(lock).toInstant();
            return touched.isAfter(clock.instant().minus(OLD).minus(patience));
        } catch (NoSuchFileException _) {
            return false;
        } catch (IOException _) {
            return true; // It can't be known.
        }
    }
}
