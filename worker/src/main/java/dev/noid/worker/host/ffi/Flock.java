package dev.noid.worker.host.ffi;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.nio.file.Path;

/// flock(2), which the JDK does not offer: its file locks are fcntl's, and those are not inherited by a process
/// that is started.
public final class Flock {
    private static final int O_RDONLY = 0;
    private static final int O_CLOEXEC = 0x80000;
    private static final int LOCK_EX = 2;
    private static final int LOCK_NB = 4;
    private static final int ENOENT = 2;
    private static final int EINTR = 4;
    private static final int EWOULDBLOCK = 11;

    private final StructLayout state = Linker.Option.captureStateLayout();
    private final VarHandle errno = state.varHandle(MemoryLayout.PathElement.groupElement("errno"));
    private final MethodHandle open;
    private final MethodHandle flock;
    private final MethodHandle close;

    @SuppressWarnings("restricted") // calling C is what this package is for
    public Flock() {
        Linker linker = Linker.nativeLinker();
        Linker.Option captured = Linker.Option.captureCallState("errno");
        FunctionDescriptor twoInts =
                FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT);
        FunctionDescriptor pathAndInt =
                FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_INT);
        FunctionDescriptor oneInt = FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT);
        open = linker.downcallHandle(
                linker.defaultLookup().findOrThrow("open"), pathAndInt, captured, Linker.Option.firstVariadicArg(2));
        flock = linker.downcallHandle(linker.defaultLookup().findOrThrow("flock"), twoInts, captured);
        close = linker.downcallHandle(linker.defaultLookup().findOrThrow("close"), oneInt);
    }

    /// Whether some process holds the lock of this file; one that is not there is held by nobody. Takes the lock for a
    /// moment
    /// when it is free, so nobody may be starting a holder at the same time.
    public boolean held(Path file) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment captured = arena.allocate(state);
            MemorySegment path = arena.allocateFrom(file.toString());
            int fd = (int) open.invokeExact(captured, path, O_RDONLY | O_CLOEXEC);
            if (fd < 0) {
                int why = (int) errno.get(captured, 0L);
                if (why == ENOENT) {
                    return false;
                }
                throw new IOException("open " + file + ": errno " + why);
            }
            try {
                return heldBySomebody(fd, captured, file);
            } finally {
                int _ = (int) close.invokeExact(fd);
            }
        } catch (IOException | RuntimeException | Error known) {
            throw known;
        } catch (Throwable impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    private boolean heldBySomebody(int fd, MemorySegment captured, Path file) throws Throwable {
        while ((int) flock.invokeExact(captured, fd, LOCK_EX | LOCK_NB) < 0) {
            int why = (int) errno.get(captured, 0L);
            if (why == EWOULDBLOCK) {
                return true;
            }
            if (why != EINTR) {
                throw new IOException("flock " + file + ": errno " + why);
            }
        }
        return false;
    }
}
