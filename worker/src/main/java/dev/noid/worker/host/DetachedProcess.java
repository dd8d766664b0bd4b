package dev.noid.worker.host;

import dev.noid.schema.Deadline;
import dev.noid.worker.host.ffi.Flock;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/// A process that outlives this one: a session of its own, no standard input, its few messages in a file, and the
/// lock of its generation held through an inherited descriptor from before its program runs until it is gone. The
/// held lock is its liveness.
public final class DetachedProcess {
    /// flock's exit status when another one holds the lock; no VMM uses it.
    public static final int LOCKED = 75;

    /// Of 1000; what is not set has 0.
    private static final String OOM_SCORE = "500";

    private static final long LOG_MOST = 256 * 1024;
    private static final Duration SETTLE = Duration.ofSeconds(2);
    private static final long LOOK_AGAIN_NANOS = 5_000_000;

    private final Traces traces;
    private final Flock flock;
    private final ProcessHandle handle;
    private final @Nullable Process child;

    private DetachedProcess(Traces traces, Flock flock, ProcessHandle handle, @Nullable Process child) {
        this.traces = traces;
        this.flock = flock;
        this.handle = handle;
        this.child = child;
    }

    /// Where a detached process leaves its traces. None may be in a directory that the process can write to.
    ///
    /// @param log its standard output and error; cut off when it grows
    /// @param pid where a later worker looks first
    public record Traces(Path lock, Path log, Path pid) {}

    /// Starts it at nice 10: busy guests must not starve the control plane.
    ///
    /// @param user    prefix of [VmUser]
    /// @param command program and arguments; relative paths are below `directory`
    public static DetachedProcess start(
            Traces traces, Path directory, List<String> user, List<String> command, Flock flock) throws IOException {
        List<String> all = new ArrayList<>(List.of(
                "setsid",
                "flock",
                "-n",
                "-E",
                Integer.toString(LOCKED),
                "-F",
                traces.lock().toString()));
        // A core would hold the guest's memory. When memory is short the kernel takes a guest before it takes the
        // worker.
        all.addAll(List.of("prlimit", "--core=0:0", "choom", "-n", OOM_SCORE, "--", "nice", "-n", "10"));
        all.addAll(user);
        all.addAll(command);
        ProcessBuilder builder = new ProcessBuilder(all).directory(directory.toFile());
        // The worker's own environment holds its secrets.
        builder.environment().clear();
        builder.environment().put("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
        builder.environment().put("LC_ALL", "C");
        builder.redirectInput(Path.of("/dev/null").toFile());
        builder.redirectErrorStream(true);
        Files.deleteIfExists(traces.log());
        closed(traces.lock());
        builder.redirectOutput(ProcessBuilder.Redirect.appendTo(traces.log().toFile()));
        // Each of these programs becomes the next one, so that this is the VMM's own number.
        Process child = builder.start();
        DetachedProcess process = new DetachedProcess(traces, flock, child.toHandle(), child);
        try {
            Files.writeString(traces.pid(), Long.toString(child.pid()));
        } catch (IOException failed) {
            process.kill();
            throw failed;
        }
        return process;
    }

    /// Whoever may open a lock file may lock it, and keep its VM from ever starting.
    private static void closed(Path lock) throws IOException {
        try (FileChannel _ = OwnFile.open(lock)) {
            // flock finds it, and opens it as this user.
        }
    }

    /// What an earlier worker left here.
    public sealed interface Adoption {
        /// Nobody holds the lock.
        record Free() implements Adoption {}

        record Found(DetachedProcess process) implements Adoption {}

        /// Somebody holds the lock whom this process may not look at.
        record Hidden() implements Adoption {}
    }

    /// The process that an earlier worker left here: it holds the lock and works in a directory right below `home`.
    /// Processes
    /// that only inherited the lock from one that is gone are killed.
    public static Adoption adopt(Traces traces, Path home, Flock flock) throws IOException {
        Deadline settled = Deadline.after(SETTLE);
        while (flock.held(traces.lock())) {
            LockHolder lock = new LockHolder(traces.lock());
            Optional<ProcessHandle> likely = lock.only(rememberedPid(traces.pid()));
            if (likely.isPresent()) {
                return new Adoption.Found(new DetachedProcess(traces, flock, likely.get(), null));
            }
            List<ProcessHandle> holders = lock.all();
            for (ProcessHandle holder : holders) {
                if (worksBelow(home.toRealPath(), holder)) {
                    return new Adoption.Found(new DetachedProcess(traces, flock, holder, null));
                }
            }
            if (!holders.isEmpty() && killHolders(traces.lock(), flock)) {
                return new Adoption.Free();
            }
            if (settled.passed()) {
                return new Adoption.Hidden();
            }
            // Nobody seen may also mean that the holder was just ending, or handing the lock to a child.
            LockSupport.parkNanos(LOOK_AGAIN_NANOS);
        }
        return new Adoption.Free();
    }

    private static boolean worksBelow(Path home, ProcessHandle holder) {
        try {
            Path directory = Files.readSymbolicLink(Path.of("/proc", Long.toString(holder.pid()), "cwd"));
            return home.equals(directory.getParent());
        } catch (IOException _) {
            return false;
        }
    }

    private static long rememberedPid(Path file) throws IOException {
        try {
            return Long.parseLong(Files.readString(file).strip());
        } catch (NoSuchFileException | NumberFormatException _) {
            return 0;
        }
    }

    /// The same one, whose traces were moved.
    public DetachedProcess moved(Traces to) {
        return new DetachedProcess(to, flock, handle, child);
    }

    public long pid() {
        return handle.pid();
    }

    public boolean alive() throws IOException {
        if (child != null) {
            return child.isAlive();
        }
        return flock.held(traces.lock()) && handle.isAlive() && !zombie();
    }

    /// Its parent, the worker before this one, is gone; who inherited it may not care.
    private boolean zombie() throws IOException {
        try {
            String stat = Files.readString(Path.of("/proc", Long.toString(handle.pid()), "stat"));
            return stat.startsWith(") Z", stat.lastIndexOf(')'));
        } catch (IOException e) {
            if (handle.isAlive()) {
                throw e;
            }
            return true; // It went while it was read.
        }
    }

    /// After its end: kills what it left running, which is whoever still holds the lock. Only the stub engine's
    /// processes have
    /// children at all. True when the lock is free.
    public boolean killRest() throws IOException {
        return killHolders(traces.lock(), flock);
    }

    private static boolean killHolders(Path lock, Flock flock) throws IOException {
        Deadline patience = Deadline.after(SETTLE);
        while (flock.held(lock) && !patience.passed()) {
            new LockHolder(lock).all().forEach(ProcessHandle::destroyForcibly);
            LockSupport.parkNanos(LOOK_AGAIN_NANOS); // what was killed needs a moment to let go
        }
        return !flock.held(lock);
    }

    /// Known of a child that has ended; an adopted process tells nobody.
    public OptionalInt exitCode() {
        return child == null || child.isAlive() ? OptionalInt.empty() : OptionalInt.of(child.exitValue());
    }

    /// Hears of a child's end at once; of an adopted one's, only asking [#alive] does.
    public void onExit(Runnable action) {
        if (child != null) {
            var _ = child.onExit().thenRun(action);
        }
    }

    public void kill() {
        handle.destroyForcibly();
    }

    /// The guest can make a VMM complain as often as it likes.
    public void trimLog() throws IOException {
        try {
            if (Files.size(traces.log()) > LOG_MOST) {
                // The process appends, so that it goes on at the new end.
                try (FileChannel log = FileChannel.open(traces.log(), StandardOpenOption.WRITE)) {
                    log.truncate(0);
                }
            }
        } catch (NoSuchFileException _) {
            // There is none, or it is being moved.
        }
    }

    /// The last line the process wrote, cut to a readable length; empty when it wrote nothing.
    public String lastMessage() {
        try (FileChannel log = FileChannel.open(traces.log(), StandardOpenOption.READ)) {
            long from = Math.max(0, log.size() - 4096);
            ByteBuffer tail = ByteBuffer.allocate((int) (log.size() - from));
            log.read(tail, from);
            return LastLine.of(new String(tail.array(), 0, tail.position(), StandardCharsets.UTF_8));
        } catch (IOException _) {
            return "";
        }
    }
}
