package dev.noid.worker;

import dev.noid.schema.job.JobKind;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/// Halts this process, as kill -9 would, at the one point that was asked for; once per data directory, so that the next
/// start goes on. Without a point it does nothing.
public final class CrashPoints {
    private static final int LIKE_KILL_9 = 137;
    private static final long LOOK_EVERY_NANOS = 200_000;

    private final Path data;
    private final Optional<CrashPoint> armed;

    public CrashPoints(Path data, Optional<CrashPoint> point) {
        this.data = data;
        this.armed = point.filter(it -> !Files.exists(marker(it)));
    }

    public void hit(CrashPoint point) {
        if (armed.filter(point::equals).isPresent()) {
            crash(point);
        }
    }

    public void hit(JobKind kind, CrashPoint.Moment moment) {
        armed.filter(point -> point.name().equals(kind.name() + "_" + moment.name()))
                .ifPresent(this::crash);
    }

    /// For a point inside a call that is one step to us: dies as soon as `reached` says that the call is there.
    public void during(CrashPoint point, BooleanSupplier reached) {
        if (armed.filter(point::equals).isPresent()) {
            Thread.ofVirtual().name("crash-" + point).start(() -> {
                while (!reached.getAsBoolean()) {
                    LockSupport.parkNanos(LOOK_EVERY_NANOS);
                }
                crash(point);
            });
        }
    }

    private Path marker(CrashPoint point) {
        return data.resolve("crashed-" + point.name().toLowerCase(Locale.ROOT));
    }

    private void crash(CrashPoint point) {
        try {
            Files.createFile(marker(point));
        } catch (FileAlreadyExistsException e) {
            return; // Somebody else was here first and is about to halt.
        } catch (IOException e) {
            throw new IllegalStateException("crash point " + point + " can't leave its marker", e);
        }
        Runtime.getRuntime().halt(LIKE_KILL_9);
    }
}
