package dev.noid.worker.host;

import dev.noid.worker.host.ffi.DataRanges;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Files that hold one content together: the lowest is whole, and each further one is a [Delta], with only the pages
/// that differ from what those below it hold. Where each page lies is known once it is open.
///
/// That takes little, however the pages are scattered: memory of many GiB is opened in a process that has far less, and
/// by several forks at the same time. A bit for each page of the lowest file, and 4 bytes for each page of a window of
/// which a delta has pages: about a thousandth of the content. What a window is made of is found out when it is read.
public final class PageStack implements AutoCloseable {
    static final int PAGE = 4096;
    /// Two of them fit into what a processor keeps close; twice as much takes half as long again.
    static final int WINDOW = 32 * PAGE;

    private static final int PAGES = WINDOW / PAGE;

    /// No VM has as much memory. What needs room for each page gets it only up to here, whatever a file says.
    private static final long SIZE_MOST = 256L << 30;

    /// In place of a place.
    private static final int BELOW = -1;
    private static final int ZEROS = -2;

    private final List<Path> files;
    private final List<FileChannel> channels;
    private final long size;

    /// Pages of the lowest file that have data.
    private final BitSet whole = new BitSet();

    /// Windows that have data, by number.
    private final BitSet windows = new BitSet();

    /// By number of the window, when a delta has pages of it: the place of each of its pages, or [#BELOW] or [#ZEROS].
    private final int[] @Nullable [] upper;

    /// The place of each file's first page. The places of its other pages follow, and then one that belongs to nobody.
    private final int[] first;

    /// Bytes of the content, and where they are.
    ///
    /// @param file index
    /// @param at   of the first byte in that file
    /// @param from of the first byte in the content
    /// @param to   behind the last byte in the content
    record Piece(int file, long at, long from, long to) {}

    /// A part of the content.
    ///
    /// @param at     of its first byte
    /// @param pieces in order; what lies between them is zeros. Their ends are pages', or the content's
    record Window(long at, List<Piece> pieces) {}

    private PageStack(List<Path> files, List<FileChannel> channels) throws IOException {
        this.files = List.copyOf(files);
        this.channels = channels;
        this.size = channels.getFirst().size();
        this.first = new int[files.size()];
        boolean alone = files.size() == 1;
        if (size > SIZE_MOST || (!alone && size % PAGE != 0)) {
            throw new IOException(files.getFirst().getFileName() + " is no memory: it has " + size + " bytes");
        }
        this.upper = new int[alone ? 0 : window(size + WINDOW - 1)][];
    }

    /// @param files lowest first
    /// @throws IOException when one is not there or not what it has to be; its message names the file
    static PageStack open(List<Path> files, DataRanges ranges) throws IOException {
        List<FileChannel> channels = new ArrayList<>();
        try {
            for (Path file : files) {
                channels.add(FileChannel.open(file, StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS));
            }
            PageStack stack = new PageStack(files, channels);
            ranges.of(files.getFirst(), stack::data);
            stack.overlay();
            return stack;
        } catch (IOException | RuntimeException failed) {
            close(channels);
            throw failed;
        }
    }

    /// Whole pages, also where the file's blocks are smaller: so a sum does not depend on these.
    private void data(long from, long to) {
        long end = Math.min(to, size);
        if (from < end) {
            whole.set(page(from), page(end - 1) + 1);
            windows.set(window(from), window(end - 1) + 1);
        }
    }

    private void overlay() throws IOException {
        int place = page(size) + 1;
        for (int file = 1; file < first.length; file++) {
            first[file] = place;
            Delta delta = Delta.read(channels.get(file), files.get(file), size);
            for (int slot = 0; slot < delta.data(); slot++) {
                set(delta.page(slot), place + slot);
                windows.set(delta.page(slot) / PAGES);
            }
            for (int zero = 0; zero < delta.zeros(); zero++) {
                set(delta.zero(zero), ZEROS);
            }
            place = Math.addExact(place, delta.data() + 1);
        }
    }

    private void set(int page, int place) {
        int[] places = upper[page / PAGES];
        if (places == null) {
            places = new int[PAGES];
            Arrays.fill(places, BELOW);
            upper[page / PAGES] = places;
        }
        places[page % PAGES] = place;
    }

    private static int page(long at) {
        return (int) (at / PAGE);
    }

    private static int window(long at) {
        return (int) (at / WINDOW);
    }

    /// Bytes of the content.
    long size() {
        return size;
    }

    List<Path> files() {
        return files;
    }

    /// Which ones may have data, by number.
    BitSet windows() {
        return (BitSet) windows.clone();
    }

    /// @param number below as many as the content has
    Window window(int number) {
        int begin = number * PAGES;
        int end = (int) Math.min((long) begin + PAGES, (size + PAGE - 1) / PAGE);
        List<Piece> pieces = new ArrayList<>();
        int page = begin;
        while (page < end) {
            int place = place(page);
            int behind = page + 1;
            while (behind < end && place(behind) == (place < 0 ? place : place + behind - page)) {
                behind++;
            }
            if (place >= 0) {
                pieces.add(piece(place, page, behind));
            }
            page = behind;
        }
        return new Window((long) number * WINDOW, pieces);
    }

    /// Below zero when it is zeros.
    private int place(int page) {
        int[] places = upper.length == 0 ? null : upper[page / PAGES];
        int place = places == null ? BELOW : places[page % PAGES];
        return place != BELOW ? place : whole.get(page) ? page : ZEROS;
    }

    private Piece piece(int place, int page, int behind) {
        int file = first.length - 1;
        while (first[file] > place) {
            file--;
        }
        return new Piece(
                file, (long) (place - first[file]) * PAGE, (long) page * PAGE, Math.min(size, (long) behind * PAGE));
    }

    /// Reads into the place that the piece has in its window; the buffer is at the end of it then.
    ///
    /// @param window of its first byte
    void read(Piece piece, long window, ByteBuffer buffer) throws IOException {
        buffer.limit((int) (piece.to() - window)).position((int) (piece.from() - window));
        while (buffer.hasRemaining()) {
            long at = piece.at() + window + buffer.position() - piece.from();
            if (channels.get(piece.file()).read(buffer, at) < 0) {
                throw new IOException(files.get(piece.file()) + " was cut off while it was read");
            }
        }
    }

    private static void close(List<FileChannel> channels) throws IOException {
        for (FileChannel channel : channels) {
            channel.close();
        }
    }

    @Override
    public void close() throws IOException {
        close(channels);
    }
}
