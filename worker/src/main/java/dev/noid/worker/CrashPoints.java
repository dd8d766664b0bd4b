package dev.noid.worker;

import dev.noid.schema.Deadline;
import dev.noid.schema.job.JobKind;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/// Halts this process, as kill -9 would, at the one point that a file names; the file is renamed to `crashed-<point>`
/// first, so that it happens once and the next start goes on. With ` hold` after the name it only stands still there,
/// while `held-<point>` exists, for whoever wants to break something else in that moment. Without a file it does
/// nothing. For tests.
public final class CrashPoints {
    private static final int LIKE_KILL_9 = 137;
    private static final long LOOK_EVERY_NANOS = 200_000;
    private static final String HOLD = " hold";
    private static final Duration HOLD_MOST = Duration.ofSeconds(60);

    private final Optional<Path> file;

    /// @param file names a [CrashPoint] while it exists; looked at anew at every point
    public CrashPoints(Optional<Path> file) {
        this.file = file;
    }

    public void hit(CrashPoint point) {
        hit(point.name());
    }

    public void hit(JobKind kind, CrashPoint.Moment moment) {
        hit(kind.name() + "_" + moment.name());
    }

    private void hit(String point) {
        if (asked(point)) {
            crash(CrashPoint.valueOf(point));
        } else if (asked(point + HOLD)) {
            hold(CrashPoint.valueOf(point));
        }
    }

    /// For a point inside a call that is one step to us: dies as soon as `reached` says that the call is there. Such a
    /// call can't be held: it goes on, and only the marker says that it is there.
    public void during(CrashPoint point, BooleanSupplier reached) {
        if (asked(point.name()) || asked(point.name() + HOLD)) {
            Thread.ofVirtual().name("crash-" + point).start(() -> {
                while (!reached.getAsBoolean()) {
                    LockSupport.parkNanos(LOOK_EVERY_NANOS);
                }
                hit(point);
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
        if (marked("crashed-", point).isPresent()) {
            Runtime.getRuntime().halt(LIKE_KILL_9);
        }
    }

    private void hold(CrashPoint point) {
        marked("held-", point).ifPresent(marker -> {
            Deadline most = Deadline.after(HOLD_MOST);
            while (Files.exists(marker) && !most.passed()) {
                LockSupport.parkNanos(LOOK_EVERY_NANOS);
            }
        });
    }

    /// Empty when another thread was here first.
    private Optional<Path> marked(String how, CrashPoint point) {
        Path asked = file.orElseThrow();
        Path marker = asked.resolveSibling(how + point.name().toLowerCase(Locale.ROOT));
        try {
            return Optional.of(Files.move(asked, marker));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException e) {
            throw new UncheckedIOException("crash point " + point + " can't leave its marker", e);
        }
    }
}
