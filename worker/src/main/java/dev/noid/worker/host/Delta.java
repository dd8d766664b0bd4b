package dev.noid.worker.host;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.IntBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.concurrent.atomic.AtomicInteger;

/// What one file of a [PageStack] says of those below it. First its pages, packed, so that it is as small on every
/// filesystem, however coarse that keeps holes; then their numbers, those of pages that are zeros now, and at the end
///
/// ```text
/// 8 bytes  "noidpage"
/// 4 bytes  version, 1
/// 4 bytes  size of a page
/// 8 bytes  size of the content
/// 4 bytes  how many pages it has
/// 4 bytes  how many pages are zeros now
/// ```
final class Delta {
    private static final long MAGIC = 0x6e6f_6964_7061_6765L;
    private static final int VERSION = 1;
    private static final int FOOTER = 32;

    private final IntBuffer numbers;
    private final int data;

    private Delta(IntBuffer numbers, int data) {
        this.numbers = numbers;
        this.data = data;
    }

    /// @param size of the content below
    static Delta read(FileChannel in, Path file, long size) throws IOException {
        long length = in.size();
        if (length < FOOTER) {
            throw bad(file, "is too short");
        }
        ByteBuffer footer = bytes(in, file, length - FOOTER, FOOTER);
        if (footer.getLong() != MAGIC || footer.getInt() != VERSION || footer.getInt() != PageStack.PAGE) {
            throw bad(file, "does not end as one");
        }
        if (footer.getLong() != size) {
            throw bad(file, "belongs to memory of another size");
        }
        int data = footer.getInt();
        int zeros = footer.getInt();
        long most = size / PageStack.PAGE;
        // Before anything is made as large as it says.
        if (data < 0 || zeros < 0 || (long) data + zeros > most || length != length(data, zeros)) {
            throw bad(file, "has not as many pages as it says");
        }
        long at = (long) data * PageStack.PAGE;
        IntBuffer numbers = bytes(in, file, at, (data + zeros) * Integer.BYTES).asIntBuffer();
        BitSet seen = new BitSet((int) most);
        for (int i = 0; i < data + zeros; i++) {
            int page = numbers.get(i);
            if (page < 0 || page >= most || seen.get(page)) {
                throw bad(file, "names a page that is not there, or twice");
            }
            seen.set(page);
        }
        return new Delta(numbers, data);
    }

    private static long length(int data, int zeros) {
        return (long) data * PageStack.PAGE + ((long) data + zeros) * Integer.BYTES + FOOTER;
    }

    private static IOException bad(Path file, String what) {
        return new IOException(file.getFileName() + " is no part of a memory: it " + what);
    }

    private static ByteBuffer bytes(FileChannel in, Path file, long at, int count) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(count);
        while (bytes.hasRemaining()) {
            if (in.read(bytes, at + bytes.position()) < 0) {
                throw bad(file, "was cut off while it was read");
            }
        }
        return bytes.flip();
    }

    /// How many pages it has.
    int data() {
        return data;
    }

    /// Which page lies in a slot.
    int page(int slot) {
        return numbers.get(slot);
    }

    /// How many pages are zeros now.
    int zeros() {
        return numbers.limit() - data;
    }

    int zero(int index) {
        return numbers.get(data + index);
    }

    /// Writes one; by several threads, up to the end.
    static final class Writer {
        private final FileChannel to;
        private final long size;
        /// Of pages that it has, from the front; of zeros, from the back.
        private final int[] numbers;
        private final AtomicInteger data = new AtomicInteger();
        private final AtomicInteger zeros = new AtomicInteger();

        /// @param size of the content
        Writer(FileChannel to, long size) {
            this.to = to;
            this.size = size;
            this.numbers = new int[(int) (size / PageStack.PAGE)];
        }

        void zero(int page) {
            numbers[numbers.length - zeros.incrementAndGet()] = page;
        }

        /// @param pages  from its beginning to its limit
        /// @param number of each of them
        void pages(ByteBuffer pages, int[] number) throws IOException {
            int count = pages.limit() / PageStack.PAGE;
            int slot = data.getAndAdd(count);
            System.arraycopy(number, 0, numbers, slot, count);
            write(pages.rewind(), (long) slot * PageStack.PAGE);
        }

        void end() throws IOException {
            ByteBuffer rest = ByteBuffer.allocate((data.get() + zeros.get()) * Integer.BYTES + FOOTER);
            for (int i = 0; i < data.get(); i++) {
                rest.putInt(numbers[i]);
            }
            for (int i = 1; i <= zeros.get(); i++) {
                rest.putInt(numbers[numbers.length - i]);
            }
            rest.putLong(MAGIC).putInt(VERSION).putInt(PageStack.PAGE);
            rest.putLong(size).putInt(data.get()).putInt(zeros.get());
            write(rest.flip(), (long) data.get() * PageStack.PAGE);
        }

        private void write(ByteBuffer bytes, long at) throws IOException {
            while (bytes.hasRemaining()) {
                to.write(bytes, at + bytes.position());
            }
        }
    }
}
