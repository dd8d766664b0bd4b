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
import java.util.List;

/// Files that hold one content together: the lowest is whole, and each further one is a [Delta], with only the pages
/// that differ from what those below it hold. Where each page lies is known once it is open.
public final class PageStack implements AutoCloseable {
    static final int PAGE = 4096;
    /// Two of them fit into what a processor keeps close; twice as much takes half as long again.
    static final int WINDOW = 32 * PAGE;

    /// No VM has as much memory. What needs room for each page gets it only up to here, whatever a file says.
    private static final long SIZE_MOST = 256L << 30;

    /// In place of a slot in a delta.
    private static final int BELOW = -1;
    private static final int ZEROS = -2;

    private final List<Path> files;
    private final List<FileChannel> channels;
    private final long size;
    private final List<Window> windows;

    /// Bytes of the content, and where they are.
    ///
    /// @param file index
    /// @param at   of the first byte in that file
    /// @param from of the first byte in the content
    /// @param to   behind the last byte in the content
    record Piece(int file, long at, long from, long to) {
        Piece part(long first, long end) {
            return new Piece(file, at + first - from, first, end);
        }
    }

    /// A part of the content that has data.
    ///
    /// @param at     of its first byte
    /// @param pieces in order; what lies between them is zeros. Their ends are pages', or the content's
    record Window(long at, List<Piece> pieces) {}

    private PageStack(List<Path> files, List<FileChannel> channels, long size, List<Window> windows) {
        this.files = files;
        this.channels = channels;
        this.size = size;
        this.windows = windows;
    }

    /// @param files lowest first
    /// @throws IOException when one is not there or not what it has to be; its message names the file
    static PageStack open(List<Path> files, DataRanges ranges) throws IOException {
        List<FileChannel> channels = new ArrayList<>();
        try {
            for (Path file : files) {
                channels.add(FileChannel.open(file, StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS));
            }
            long size = channels.getFirst().size();
            List<Piece> pieces = data(ranges.of(files.getFirst()), size);
            if (files.size() > 1) {
                pieces = overlaid(pieces, files, channels, size);
            }
            return new PageStack(List.copyOf(files), channels, size, windows(pieces));
        } catch (IOException | RuntimeException failed) {
            close(channels);
            throw failed;
        }
    }

    /// Bytes of the content.
    long size() {
        return size;
    }

    /// In order.
    List<Window> windows() {
        return windows;
    }

    List<Path> files() {
        return files;
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

    /// Whole pages, also where the file's blocks are smaller: so a sum does not depend on these.
    private static List<Piece> data(List<DataRanges.Range> ranges, long size) {
        List<Piece> pieces = new ArrayList<>();
        for (DataRanges.Range range : ranges) {
            long from = range.from() / PAGE * PAGE;
            long to = Math.min(size, (range.to() + PAGE - 1) / PAGE * PAGE);
            if (!pieces.isEmpty() && pieces.getLast().to() >= from) {
                from = pieces.removeLast().from();
            }
            if (from < to) {
                pieces.add(new Piece(0, from, from, to));
            }
        }
        return pieces;
    }

    private static List<Piece> overlaid(List<Piece> whole, List<Path> files, List<FileChannel> channels, long size)
            throws IOException {
        if (size % PAGE != 0 || size > SIZE_MOST) {
            throw new IOException(files.getFirst().getFileName() + " is no memory: it has " + size + " bytes");
        }
        // For each page its slot. The slots of a delta follow those of the one below, with one between them that
        // belongs to nobody.
        int[] owner = new int[(int) (size / PAGE)];
        Arrays.fill(owner, BELOW);
        int[] first = new int[files.size() + 1];
        for (int i = 1; i < files.size(); i++) {
            Delta delta = Delta.read(channels.get(i), files.get(i), size);
            for (int slot = 0; slot < delta.data(); slot++) {
                owner[delta.page(slot)] = first[i] + slot;
            }
            for (int zero = 0; zero < delta.zeros(); zero++) {
                owner[delta.zero(zero)] = ZEROS;
            }
            first[i + 1] = Math.addExact(first[i], delta.data() + 1);
        }
        return pieces(whole, owner, first);
    }

    private static List<Piece> pieces(List<Piece> whole, int[] owner, int[] first) {
        List<Piece> pieces = new ArrayList<>();
        int below = 0;
        int page = 0;
        while (page < owner.length) {
            int slot = owner[page];
            int end = page + 1;
            while (end < owner.length && owner[end] == (slot < 0 ? slot : slot + end - page)) {
                end++;
            }
            long from = (long) page * PAGE;
            long to = (long) end * PAGE;
            if (slot >= 0) {
                int file = first.length - 1;
                while (first[file] > slot) {
                    file--;
                }
                pieces.add(new Piece(file, (long) (slot - first[file]) * PAGE, from, to));
            } else if (slot == BELOW) {
                while (below < whole.size() && whole.get(below).to() <= from) {
                    below++;
                }
                for (int i = below; i < whole.size() && whole.get(i).from() < to; i++) {
                    Piece piece = whole.get(i);
                    pieces.add(piece.part(Math.max(piece.from(), from), Math.min(piece.to(), to)));
                }
            }
            page = end;
        }
        return pieces;
    }

    private static List<Window> windows(List<Piece> pieces) {
        List<Window> windows = new ArrayList<>();
        for (Piece piece : pieces) {
            long from = piece.from();
            while (from < piece.to()) {
                long at = from / WINDOW * WINDOW;
                long to = Math.min(piece.to(), at + WINDOW);
                if (windows.isEmpty() || windows.getLast().at() != at) {
                    windows.add(new Window(at, new ArrayList<>()));
                }
                windows.getLast().pieces().add(piece.part(from, to));
                from = to;
            }
        }
        return windows;
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
