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

/// Opens files for the few calls of the C library that the JDK does not offer. Answers below zero are error numbers,
/// negative; none of these calls succeeds with one.
final class NativeFiles {
    static final int O_RDONLY = 0;
    static final int O_WRONLY = 1;
    static final int O_NOFOLLOW = 0x20000;
    static final int O_DIRECTORY = 0x10000;
    static final int O_PATH = 0x200000;
    private static final int O_CLOEXEC = 0x80000;
    private static final int ENOSPC = 28;
    private static final int AT_EMPTY_PATH = 0x1000;
    private static final int STATX_BLOCKS = 0x400;
    private static final int STATX_BYTES = 256;
    /// Of `stx_blocks` in `struct statx`.
    private static final long BLOCKS_AT = 48;

    private final StructLayout state = Linker.Option.captureStateLayout();
    private final VarHandle errno = state.varHandle(MemoryLayout.PathElement.groupElement("errno"));
    private final MethodHandle open;
    private final MethodHandle close;
    private final MethodHandle lseek;
    private final MethodHandle flock;
    private final MethodHandle ioctl;
    private final MethodHandle statx;

    @SuppressWarnings("restricted") // calling C is what this package is for
    NativeFiles() {
        Linker linker = Linker.nativeLinker();
        Linker.Option captured = Linker.Option.captureCallState("errno");
        FunctionDescriptor pathAndInt =
                FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_INT);
        FunctionDescriptor seek = FunctionDescriptor.of(
                ValueLayout.JAVA_LONG, ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG, ValueLayout.JAVA_INT);
        FunctionDescriptor twoInts =
                FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT);
        FunctionDescriptor request = FunctionDescriptor.of(
                ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG, ValueLayout.JAVA_INT);
        FunctionDescriptor oneInt = FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT);
        open = linker.downcallHandle(
                linker.defaultLookup().findOrThrow("open"), pathAndInt, captured, Linker.Option.firstVariadicArg(2));
        close = linker.downcallHandle(linker.defaultLookup().findOrThrow("close"), oneInt);
        lseek = linker.downcallHandle(linker.defaultLookup().findOrThrow("lseek"), seek, captured);
        flock = linker.downcallHandle(linker.defaultLookup().findOrThrow("flock"), twoInts, captured);
        ioctl = linker.downcallHandle(
                linker.defaultLookup().findOrThrow("ioctl"), request, captured, Linker.Option.firstVariadicArg(2));
        FunctionDescriptor ask = FunctionDescriptor.of(
                ValueLayout.JAVA_INT,
                ValueLayout.JAVA_INT,
                ValueLayout.ADDRESS,
                ValueLayout.JAVA_INT,
                ValueLayout.JAVA_INT,
                ValueLayout.ADDRESS);
        statx = linker.downcallHandle(linker.defaultLookup().findOrThrow("statx"), ask, captured);
    }

    /// @param flags `O_…`
    Opened open(Path file, int flags) {
        return new Opened(file, flags);
    }

    static IOException failed(String call, Path file, long answer) {
        String why = answer == -ENOSPC ? "No space left on device" : "errno " + -answer;
        return new IOException(call + " " + file + ": " + why);
    }

    /// Used by one thread.
    final class Opened implements AutoCloseable {
        private final Arena arena = Arena.ofConfined();
        private final MemorySegment captured = arena.allocate(state);
        private final int fd;

        private Opened(Path file, int flags) {
            MemorySegment path = arena.allocateFrom(file.toString());
            try {
                fd = (int) answer((int) open.invokeExact(captured, path, flags | O_CLOEXEC));
            } catch (Throwable thrown) {
                arena.close();
                throw impossible(thrown);
            }
        }

        /// Below zero when it could not be opened; then nothing else can be asked.
        int fd() {
            return fd;
        }

        long seek(long at, int whence) {
            try {
                return answer((long) lseek.invokeExact(captured, fd, at, whence));
            } catch (Throwable thrown) {
                throw impossible(thrown);
            }
        }

        /// Blocks of 512 bytes that it takes on its disk, those that are promised but not written yet included.
        long blocks() {
            MemorySegment said = arena.allocate(STATX_BYTES, Long.BYTES);
            try {
                long answer = answer((int)
                        statx.invokeExact(captured, fd, arena.allocateFrom(""), AT_EMPTY_PATH, STATX_BLOCKS, said));
                return answer < 0 ? answer : said.get(ValueLayout.JAVA_LONG, BLOCKS_AT);
            } catch (Throwable thrown) {
                throw impossible(thrown);
            }
        }

        long lock(int operation) {
            try {
                return answer((int) flock.invokeExact(captured, fd, operation));
            } catch (Throwable thrown) {
                throw impossible(thrown);
            }
        }

        long control(long request, int argument) {
            try {
                return answer((int) ioctl.invokeExact(captured, fd, request, argument));
            } catch (Throwable thrown) {
                throw impossible(thrown);
            }
        }

        private long answer(long returned) {
            return returned < 0 ? -(int) errno.get(captured, 0L) : returned;
        }

        @Override
        public void close() {
            try {
                if (fd >= 0) {
                    int _ = (int) close.invokeExact(fd);
                }
            } catch (Throwable thrown) {
                throw impossible(thrown);
            } finally {
                arena.close();
            }
        }
    }

    private static RuntimeException impossible(Throwable thrown) {
        if (thrown instanceof Error error) {
            throw error;
        }
        return thrown instanceof RuntimeException known ? known : new IllegalStateException(thrown);
    }
}
