package dev.noid.worker;

import dev.noid.schema.job.JobKind;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/// Halts this process, as kill -9 would, at the one point that a file names; the file is renamed to `crashed-<point>`
/// first, so that it happens once and the next start goes on. Without a file it does nothing. For tests.
public final class CrashPoints {
    private static final int LIKE_KILL_9 = 137;
    private static final long LOOK_EVERY_NANOS = 200_000;

    private final Optional<Path> file;

    /// @param file names a [CrashPoint] while it exists; looked at anew at every point
    public CrashPoints(Optional<Path> file) {
        this.file = file;
    }

    public void hit(CrashPoint point) {
        if (asked(point.name())) {
            crash(point);
        }
    }

    public void hit(JobKind kind, CrashPoint.Moment moment) {
        String name = kind.name() + "_" + moment.name();
        if (asked(name)) {
            crash(CrashPoint.valueOf(name));
        }
    }

    /// For a point inside a call that is one step to us: dies as soon as `reached` says that the call is there.
    public void during(CrashPoint point, BooleanSupplier reached) {
        if (asked(point.name())) {
            Thread.ofVirtual().name("crash-" + point).start(() -> {
                while (!reached.getAsBoolean()) {
                    LockSupport.parkNanos(LOOK_EVERY_NANOS);
                }
                crash(point);
            });
        }
    }

    private boolean asked(String point) {
        if (file.isEmpty()) {
            return false;
        }
        try {
            return Files.readString(file.get()).strip().equals(point);
        } catch (NoSuchFileException e) {
            return false;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void crash(CrashPoint point) {
        Path asked = file.orElseThrow();
        try {
            Files.move(asked, asked.resolveSibling("crashed-" + point.name().toLowerCase(Locale.ROOT)));
        } catch (NoSuchFileException e) {
            return; // Another thread was here first and is about to halt.
        } catch (IOException e) {
            throw new UncheckedIOException("crash point " + point + " can't leave its marker", e);
        }
        Runtime.getRuntime().halt(LIKE_KILL_9);
    }
}
