package dev.noid.worker.host;

import dev.noid.schema.Deadline;
import dev.noid.worker.host.ffi.DataRanges;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/// Copies and sums files that are mostly zeros, such as a VM's memory: holes are not read, pages of zeros not written.
/// It reads into buffers that stay in a processor's cache; to map the file instead is no faster, and a VMM that cuts
/// off its own memory file would take this process along.
public final class SparseFiles {
    private static final int PAGE = 4096;
    /// Two of them fit into what a processor keeps close; twice as much takes half as long again.
    private static final int WINDOW = 32 * PAGE;
    /// A VM that stands still leaves its processor free, so there are two.
    private static final int THREADS = 2;

    private static final ByteBuffer ZEROS = ByteBuffer.allocateDirect(PAGE).asReadOnlyBuffer();

    private final DataRanges ranges = new DataRanges();
    private final ConcurrentLinkedQueue<ByteBuffer> buffers = new ConcurrentLinkedQueue<>();

    /// Copies the data of `from`; `to` is empty, and as long as `from` afterwards.
    public void copy(Path from, FileChannel to, Deadline deadline) throws IOException {
        new Pass(from, to, false, deadline).run();
    }

    /// Copies, and answers with what [#sum] would say of the same bytes.
    public String copyAndSum(Path from, FileChannel to, Deadline deadline) throws IOException {
        return new Pass(from, to, true, deadline).run();
    }

    /// Size and checksum (CRC-32C) of the content. Where the holes are makes no difference.
    public String sum(Path file, Deadline deadline) throws IOException {
        return new Pass(file, null, true, deadline).run();
    }

    /// Bytes that take room on the disk.
    public long allocated(Path file) throws IOException {
        return ranges.of(file).stream()
                .mapToLong(range -> range.to() - range.from())
                .sum();
    }

    private final class Pass {
        private final Path file;
        private final @Nullable FileChannel to;
        private final boolean sum;
        private final Deadline deadline;
        private final AtomicInteger next = new AtomicInteger();

        Pass(Path file, @Nullable FileChannel to, boolean sum, Deadline deadline) {
            this.file = file;
            this.to = to;
            this.sum = sum;
            this.deadline = deadline;
        }

        String run() throws IOException {
            try (FileChannel in = FileChannel.open(file, StandardOpenOption.READ)) {
                long size = in.size();
                // Its size first: XFS gives a file that grows while it is written more room than it needs.
                if (to != null && size > 0) {
                    to.write(ByteBuffer.allocate(1), size - 1);
                }
                List<Window> windows = split(ranges.of(file), size);
                // -1: nothing but zeros. Each thread writes its own entries, and is joined before they are read.
                long[] sums = new long[windows.size()];
                FutureTask<@Nullable Void> other = new FutureTask<>(() -> windows(in, windows, sums));
                boolean two = THREADS > 1 && windows.size() > THREADS;
                if (two) {
                    Thread.ofPlatform().daemon().name("sparse-copy").start(other);
                }
                try {
                    windows(in, windows, sums);
                } finally {
                    next.set(windows.size());
                    if (two) {
                        join(other);
                    }
                }
                return sum ? total(size, windows, sums) : "";
            }
        }

        private static void join(FutureTask<@Nullable Void> other) throws IOException {
            boolean interrupted = false;
            while (true) {
                try {
                    other.get();
                    return;
                } catch (InterruptedException _) {
                    interrupted = true; // it ends with its window
                } catch (ExecutionException failed) {
                    if (failed.getCause() instanceof IOException cause) {
                        throw new IOException(cause.getMessage(), cause);
                    }
                    throw new IllegalStateException(failed);
                } finally {
                    if (interrupted) {
                        Thread.currentThread().interrupt();
                    }
                }
            }
        }

        private @Nullable Void windows(FileChannel in, List<Window> windows, long[] sums) throws IOException {
            ByteBuffer pooled = buffers.poll();
            ByteBuffer buffer = pooled == null ? ByteBuffer.allocateDirect(WINDOW) : pooled;
            CRC32C crc = new CRC32C();
            for (int i = next.getAndIncrement(); i < windows.size(); i = next.getAndIncrement()) {
                if (deadline.passed()) {
                    throw new IOException("the time was over while " + file + " was read");
                }
                Window window = windows.get(i);
                crc.reset();
                boolean any = false;
                for (DataRanges.Range piece : window.pieces()) {
                    int from = (int) (piece.from() - window.at());
                    int to = (int) (piece.to() - window.at());
                    fill(in, buffer.limit(to).position(from), window.at());
                    any |= pages(buffer, from, to, window.at(), crc);
                }
                sums[i] = any ? crc.getValue() : -1;
            }
            buffers.add(buffer);
            return null;
        }

        private void fill(FileChannel in, ByteBuffer buffer, long at) throws IOException {
            while (buffer.hasRemaining()) {
                if (in.read(buffer, at + buffer.position()) < 0) {
                    throw new IOException(file + " was cut off while it was read");
                }
            }
        }

        /// Handles each run of pages that are not zeros. False when there is none.
        private boolean pages(ByteBuffer buffer, int first, int end, long at, CRC32C crc) throws IOException {
            boolean any = false;
            int from = nextPage(buffer, first, end, true);
            while (from < end) {
                int to = nextPage(buffer, from, end, false);
                run(buffer.limit(to).position(from), at, crc);
                any = true;
                buffer.limit(end);
                from = nextPage(buffer, to, end, true);
            }
            return any;
        }

        private void run(ByteBuffer run, long at, CRC32C crc) throws IOException {
            if (sum) {
                crc.update(run.position() / PAGE);
                crc.update(run.duplicate());
            }
            if (to != null) {
                while (run.hasRemaining()) {
                    to.write(run, at + run.position());
                }
            }
        }

        private String total(long size, List<Window> windows, long[] sums) {
            CRC32C total = new CRC32C();
            ByteBuffer entry = ByteBuffer.allocate(16);
            total.update(entry.putLong(0, size).limit(8));
            for (int i = 0; i < sums.length; i++) {
                if (sums[i] >= 0) {
                    total.update(entry.clear().putLong(0, windows.get(i).at()).putLong(8, sums[i]));
                }
            }
            return size + ":" + HexFormat.of().toHexDigits((int) total.getValue());
        }
    }

    /// The first page from `from` on that is zeros, or is not.
    private static int nextPage(ByteBuffer buffer, int from, int end, boolean data) {
        int at = from;
        while (at < end && zeros(buffer, at, Math.min(at + PAGE, end)) == data) {
            at = Math.min(at + PAGE, end);
        }
        return at;
    }

    private static boolean zeros(ByteBuffer buffer, int from, int to) {
        // The first bytes tell mostly; the whole is compared many bytes at a time.
        return buffer.get(from) == 0 && buffer.slice(from, to - from).mismatch(ZEROS.slice(0, to - from)) < 0;
    }

    /// @param at     of its first byte
    /// @param pieces that are no holes, in order
    private record Window(long at, List<DataRanges.Range> pieces) {}

    /// Those with data, in order. Their pieces begin and end with pages: what else is in the page is read along, so
    /// that a file's sum does not depend on the size of its filesystem's blocks.
    private static List<Window> split(List<DataRanges.Range> data, long size) {
        List<Window> windows = new ArrayList<>();
        long done = 0;
        for (DataRanges.Range range : data) {
            long from = Math.max(done, range.from() / PAGE * PAGE);
            long to = Math.min(size, (range.to() + PAGE - 1) / PAGE * PAGE);
            boolean goesOn = from == done && from > 0;
            while (from < to) {
                long at = from / WINDOW * WINDOW;
                long end = Math.min(to, at + WINDOW);
                if (windows.isEmpty() || windows.getLast().at() != at) {
                    windows.add(new Window(at, new ArrayList<>()));
                }
                List<DataRanges.Range> pieces = windows.getLast().pieces();
                if (goesOn && !pieces.isEmpty()) {
                    pieces.add(new DataRanges.Range(pieces.removeLast().from(), end));
                } else {
                    pieces.add(new DataRanges.Range(from, end));
                }
                from = end;
                goesOn = false;
            }
            done = Math.max(done, to);
        }
        return windows;
    }
}
