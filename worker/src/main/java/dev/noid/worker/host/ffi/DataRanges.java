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
import java.util.ArrayList;
import java.util.List;

/// Where a sparse file has data: lseek(2) with SEEK_DATA and SEEK_HOLE, which the JDK does not offer.
public final class DataRanges {
    private static final int O_RDONLY = 0;
    private static final int O_CLOEXEC = 0x80000;
    private static final int O_NOFOLLOW = 0x20000;
    private static final int SEEK_DATA = 3;
    private static final int SEEK_HOLE = 4;
    private static final int ENXIO = 6;

    private final StructLayout state = Linker.Option.captureStateLayout();
    private final VarHandle errno = state.varHandle(MemoryLayout.PathElement.groupElement("errno"));
    private final MethodHandle open;
    private final MethodHandle lseek;
    private final MethodHandle close;

    /// @param from of the first byte
    /// @param to   behind the last byte
    public record Range(long from, long to) {}

    @SuppressWarnings("restricted") // calling C is what this package is for
    public DataRanges() {
        Linker linker = Linker.nativeLinker();
        Linker.Option captured = Linker.Option.captureCallState("errno");
        FunctionDescriptor pathAndInt =
                FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_INT);
        FunctionDescriptor seek = FunctionDescriptor.of(
                ValueLayout.JAVA_LONG, ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG, ValueLayout.JAVA_INT);
        FunctionDescriptor oneInt = FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT);
        open = linker.downcallHandle(
                linker.defaultLookup().findOrThrow("open"), pathAndInt, captured, Linker.Option.firstVariadicArg(2));
        lseek = linker.downcallHandle(linker.defaultLookup().findOrThrow("lseek"), seek, captured);
        close = linker.downcallHandle(linker.defaultLookup().findOrThrow("close"), oneInt);
    }

    /// In order; what lies between them reads as zeros. What lies in them may be zeros too.
    public List<Range> of(Path file) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment captured = arena.allocate(state);
            MemorySegment path = arena.allocateFrom(file.toString());
            int fd = (int) open.invokeExact(captured, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
            if (fd < 0) {
                throw new IOException("open " + file + ": errno " + (int) errno.get(captured, 0L));
            }
            try {
                return ranges(fd, captured, file);
            } finally {
                int _ = (int) close.invokeExact(fd);
            }
        } catch (IOException | RuntimeException | Error known) {
            throw known;
        } catch (Throwable impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    private List<Range> ranges(int fd, MemorySegment captured, Path file) throws Throwable {
        List<Range> ranges = new ArrayList<>();
        long at = 0;
        while (true) {
            long from = (long) lseek.invokeExact(captured, fd, at, SEEK_DATA);
            if (from < 0) {
                int why = (int) errno.get(captured, 0L);
                if (why == ENXIO) {
                    return ranges; // holes up to the end
                }
                throw new IOException("lseek " + file + ": errno " + why);
            }
            long to = (long) lseek.invokeExact(captured, fd, from, SEEK_HOLE);
            if (to < 0) {
                throw new IOException("lseek " + file + ": errno " + (int) errno.get(captured, 0L));
            }
            ranges.add(new Range(from, to));
            at = to;
        }
    }
}
