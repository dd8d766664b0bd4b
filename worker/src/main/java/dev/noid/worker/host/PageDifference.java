package dev.noid.worker.host;

import dev.noid.schema.Deadline;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.BitSet;
import java.util.function.IntSupplier;

/// One pass over two contents of one size: the pages in which the upper differs go into a [Delta].
final class PageDifference {
    private static final int PAGE = PageStack.PAGE;
    private static final int WINDOW = PageStack.WINDOW;

    private final PageStack upper;
    private final PageStack below;
    private final Pages pages;
    private final Deadline deadline;
    /// Of the windows in which one of them may have data.
    private final int[] numbers;
    private final Delta.Writer writer;

    PageDifference(PageStack upper, PageStack below, FileChannel to, Pages pages, Deadline deadline)
            throws IOException {
        if (upper.size() != below.size() || upper.size() % PAGE != 0) {
            throw new IOException(upper.files().getFirst() + " has " + upper.size() + " bytes, and "
                    + below.files().getFirst() + " " + below.size());
        }
        this.upper = upper;
        this.below = below;
        this.pages = pages;
        this.deadline = deadline;
        BitSet either = upper.windows();
        either.or(below.windows());
        this.numbers = either.stream().toArray();
        this.writer = new Delta.Writer(to, below.size());
    }

    void run() throws IOException {
        TwoThreads.run(numbers.length, this::windows);
        writer.end();
    }

    private void windows(IntSupplier next) throws IOException {
        ByteBuffer is = pages.take();
        ByteBuffer was = pages.take();
        int[] differing = new int[WINDOW / PAGE];
        for (int i = next.getAsInt(); i >= 0; i = next.getAsInt()) {
            if (deadline.passed()) {
                throw new IOException("the time was over while " + upper.files().getFirst() + " was read");
            }
            long at = (long) numbers[i] * WINDOW;
            int length = (int) Math.min(WINDOW, below.size() - at);
            read(upper, numbers[i], is, length);
            read(below, numbers[i], was, length);
            differing(is, was, length, (int) (at / PAGE), differing);
        }
        pages.giveBack(is);
        pages.giveBack(was);
    }

    private static void read(PageStack stack, int number, ByteBuffer buffer, int length) throws IOException {
        PageStack.Window window = stack.window(number);
        buffer.clear();
        int done = 0;
        for (PageStack.Piece piece : window.pieces()) {
            Pages.clear(buffer.limit(length), done, (int) (piece.from() - window.at()));
            stack.read(piece, window.at(), buffer);
            done = buffer.limit();
        }
        Pages.clear(buffer.limit(length), done, length);
    }

    /// Packs the pages that differ at the front, and writes them at once.
    private void differing(ByteBuffer is, ByteBuffer was, int length, int first, int[] numbers) throws IOException {
        int packed = 0;
        int at = 0;
        while (at < length) {
            int equal = is.limit(length).position(at).mismatch(was.limit(length).position(at));
            if (equal < 0) {
                break;
            }
            at += equal / PAGE * PAGE;
            if (Pages.zeros(is, at, at + PAGE)) {
                writer.zero(first + at / PAGE);
            } else {
                numbers[packed] = first + at / PAGE;
                is.put(packed * PAGE, is, at, PAGE);
                packed++;
            }
            at += PAGE;
        }
        if (packed > 0) {
            writer.pages(is.limit(packed * PAGE), numbers);
        }
    }
}
