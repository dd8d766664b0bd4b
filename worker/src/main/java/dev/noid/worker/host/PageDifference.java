package dev.noid.worker.host;

import dev.noid.schema.Deadline;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntSupplier;

/// One pass over two contents of one size: the pages in which the upper differs go into a [Delta].
final class PageDifference {
    private static final int PAGE = PageStack.PAGE;
    private static final int WINDOW = PageStack.WINDOW;

    private final PageStack upper;
    private final PageStack below;
    private final Pages pages;
    private final Deadline deadline;
    private final List<Pair> pairs;
    private final Delta.Writer writer;

    /// The same part of both.
    private record Pair(PageStack.Window upper, PageStack.Window below) {}

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
        this.pairs = pairs(upper.windows(), below.windows());
        this.writer = new Delta.Writer(to, below.size());
    }

    private static List<Pair> pairs(List<PageStack.Window> upper, List<PageStack.Window> below) {
        List<Pair> pairs = new ArrayList<>(Math.max(upper.size(), below.size()));
        int u = 0;
        int b = 0;
        while (u < upper.size() || b < below.size()) {
            long ofUpper = u < upper.size() ? upper.get(u).at() : Long.MAX_VALUE;
            long ofBelow = b < below.size() ? below.get(b).at() : Long.MAX_VALUE;
            long at = Math.min(ofUpper, ofBelow);
            PageStack.Window empty = new PageStack.Window(at, List.of());
            pairs.add(new Pair(ofUpper == at ? upper.get(u++) : empty, ofBelow == at ? below.get(b++) : empty));
        }
        return pairs;
    }

    void run() throws IOException {
        TwoThreads.run(pairs.size(), this::windows);
        writer.end();
    }

    private void windows(IntSupplier next) throws IOException {
        ByteBuffer is = pages.take();
        ByteBuffer was = pages.take();
        int[] numbers = new int[WINDOW / PAGE];
        for (int i = next.getAsInt(); i >= 0; i = next.getAsInt()) {
            if (deadline.passed()) {
                throw new IOException("the time was over while " + upper.files().getFirst() + " was read");
            }
            Pair pair = pairs.get(i);
            int length = (int) Math.min(WINDOW, below.size() - pair.upper.at());
            read(upper, pair.upper, is, length);
            read(below, pair.below, was, length);
            differing(is, was, length, (int) (pair.upper.at() / PAGE), numbers);
        }
        pages.giveBack(is);
        pages.giveBack(was);
    }

    private static void read(PageStack stack, PageStack.Window window, ByteBuffer buffer, int length)
            throws IOException {
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
