package dev.noid.worker.host;

import dev.noid.schema.Deadline;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.HexFormat;
import java.util.List;
import java.util.function.IntSupplier;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/// One pass over what a [PageStack] holds, to copy or to sum it or both.
final class PageCopy {
    private static final int PAGE = PageStack.PAGE;

    private final PageStack from;
    private final @Nullable FileChannel to;
    private final boolean sum;
    private final Pages pages;
    private final Deadline deadline;
    /// Numbers of the windows that may have data.
    private final int[] numbers;
    /// Of each of these; -1: nothing but zeros. Each thread writes its own entries, and is done before they are read.
    private final long[] sums;

    /// @param to empty, and then as long as the content
    PageCopy(PageStack from, @Nullable FileChannel to, boolean sum, Pages pages, Deadline deadline) {
        this.from = from;
        this.to = to;
        this.sum = sum;
        this.pages = pages;
        this.deadline = deadline;
        this.numbers = from.windows().stream().toArray();
        this.sums = new long[numbers.length];
    }

    /// Returns the sum when there is one.
    String run() throws IOException {
        // Its size first: XFS gives a file that grows while it is written more room than it needs.
        if (to != null && from.size() > 0) {
            to.write(ByteBuffer.allocate(1), from.size() - 1);
        }
        TwoThreads.run(sums.length, this::windows);
        return sum ? total() : "";
    }

    private void windows(IntSupplier next) throws IOException {
        ByteBuffer buffer = pages.take();
        CRC32C crc = new CRC32C();
        for (int i = next.getAsInt(); i >= 0; i = next.getAsInt()) {
            if (deadline.passed()) {
                throw new IOException("the time was over while " + from.files().getFirst() + " was read");
            }
            crc.reset();
            sums[i] = window(from.window(numbers[i]), buffer, crc) ? crc.getValue() : -1;
        }
        pages.giveBack(buffer);
    }

    /// False when it is all zeros.
    private boolean window(PageStack.Window window, ByteBuffer buffer, CRC32C crc) throws IOException {
        List<PageStack.Piece> pieces = window.pieces();
        boolean any = false;
        int first = 0;
        for (int i = 0; i < pieces.size(); i++) {
            PageStack.Piece piece = pieces.get(i);
            from.read(piece, window.at(), buffer);
            // Which file pages come from makes no difference: those side by side are one.
            if (i + 1 == pieces.size() || pieces.get(i + 1).from() != piece.to()) {
                int begin = (int) (pieces.get(first).from() - window.at());
                any |= runs(buffer, begin, buffer.limit(), window.at(), crc);
                first = i + 1;
            }
        }
        return any;
    }

    /// Handles each run of pages that are not zeros. False when there is none.
    private boolean runs(ByteBuffer buffer, int first, int end, long at, CRC32C crc) throws IOException {
        boolean any = false;
        int begin = Pages.next(buffer, first, end, true);
        while (begin < end) {
            int behind = Pages.next(buffer, begin, end, false);
            run(buffer.limit(behind).position(begin), at, crc);
            any = true;
            buffer.limit(end);
            begin = Pages.next(buffer, behind, end, true);
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

    private String total() {
        CRC32C total = new CRC32C();
        ByteBuffer entry = ByteBuffer.allocate(16);
        total.update(entry.putLong(0, from.size()).limit(8));
        for (int i = 0; i < sums.length; i++) {
            if (sums[i] >= 0) {
                long at = (long) numbers[i] * PageStack.WINDOW;
                total.update(entry.clear().putLong(0, at).putLong(8, sums[i]));
            }
        }
        return from.size() + ":" + HexFormat.of().toHexDigits((int) total.getValue());
    }
}
