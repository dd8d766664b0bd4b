package dev.noid.worker.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import dev.noid.schema.Deadline;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class PageStackTest {
    private static final int PAGE = 4096;
    private static final int FOOTER = 32;

    @TempDir
    Path directory;

    private final SparseFiles sparse = new SparseFiles();
    private int files;

    private static Deadline soon() {
        return Deadline.after(Duration.ofSeconds(30));
    }

    /// A file with this content, with holes where it is zeros, as a VM's memory on tmpfs.
    private Path plain(byte[] content) throws IOException {
        Path file = directory.resolve("plain-" + files++);
        try (FileChannel to = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            to.write(ByteBuffer.allocate(1), content.length - 1L);
            for (int at = 0; at < content.length; at += PAGE) {
                if (!zeros(content, at)) {
                    to.write(ByteBuffer.wrap(content, at, PAGE), at);
                }
            }
        }
        return file;
    }

    private static boolean zeros(byte[] content, int at) {
        return Arrays.equals(content, at, at + PAGE, new byte[PAGE], 0, PAGE);
    }

    private Path delta(Path upper, List<Path> below) throws IOException {
        Path file = directory.resolve("delta-" + files++);
        try (PageStack stack = sparse.open(below);
                FileChannel to = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            sparse.difference(upper, stack, to, soon());
        }
        return file;
    }

    private static byte[] changed(byte[] was, byte[] first, Random random) {
        byte[] is = was.clone();
        byte[] some = new byte[1 + random.nextInt(3 * PAGE)];
        for (int i = random.nextInt(40); i > 0; i--) {
            int at = random.nextInt(is.length);
            int count = Math.min(some.length, is.length - at);
            switch (random.nextInt(4)) {
                case 0 -> Arrays.fill(is, at / PAGE * PAGE, Math.min(is.length, (at / PAGE + 3) * PAGE), (byte) 0);
                case 1 -> System.arraycopy(first, at, is, at, count); // back to what it was
                default -> {
                    random.nextBytes(some);
                    System.arraycopy(some, 0, is, at, count);
                }
            }
        }
        return is;
    }

    @Test
    void holdsWhatEachMemoryWasWhenItWasAdded() throws Exception {
        Random random = new Random(11);
        for (int round = 0; round < 30; round++) {
            byte[] first = changed(new byte[PAGE * (1 + random.nextInt(200))], new byte[200 * PAGE], random);
            byte[] is = first;
            List<Path> stack = new ArrayList<>(List.of(plain(first)));
            for (int depth = 1; depth < 9; depth++) {
                byte[] was = is;
                is = changed(was, first, random);
                Path upper = plain(is);
                stack.add(delta(upper, stack));

                assertThat(Files.size(stack.getLast())).isEqualTo(size(was, is));
                assertHolds(stack, is, upper);
                Files.delete(upper);
            }
        }
    }

    /// What a delta may take: pages that changed, and 4 bytes for each and for each that is zeros now.
    private static long size(byte[] was, byte[] is) {
        long size = FOOTER;
        for (int at = 0; at < is.length; at += PAGE) {
            if (!Arrays.equals(was, at, at + PAGE, is, at, at + PAGE)) {
                size += 4 + (zeros(is, at) ? 0 : PAGE);
            }
        }
        return size;
    }

    private void assertHolds(List<Path> stack, byte[] content, Path same) throws IOException {
        Path copy = directory.resolve("copy");
        String sum;
        try (FileChannel to = FileChannel.open(copy, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            sum = sparse.copyAndSum(stack, to, soon());
        }
        assertThat(Files.readAllBytes(copy)).isEqualTo(content);
        assertThat(sum)
                .isEqualTo(sparse.sum(List.of(same), soon()))
                .isEqualTo(sparse.sum(List.of(copy), soon()))
                .isEqualTo(sparse.sum(stack, soon()));
        Files.delete(copy);
    }

    @Test
    void anEmptyMemoryOverAFullOneTakesAlmostNothing() throws Exception {
        byte[] full = new byte[8 << 20];
        new Random(1).nextBytes(full);
        byte[] empty = new byte[full.length];
        Path below = plain(full);
        Path delta = delta(plain(empty), List.of(below));
        assertThat(Files.size(delta)).isEqualTo(full.length / PAGE * 4 + FOOTER);
        assertHolds(List.of(below, delta), empty, plain(empty));
        assertThat(Files.size(delta(below, List.of(below)))).isEqualTo(FOOTER);
    }

    private interface Work {
        void run() throws IOException;
    }

    /// By this thread, whether it is kept or not.
    private static long allocated(Work work) throws IOException {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadAllocatedBytes();
        work.run();
        return threads.getCurrentThreadAllocatedBytes() - before;
    }

    /// With every other page in use, as no memory is: so there are as many runs of pages as there can be.
    @Test
    void howeverScatteredThePagesAreWhatIsKeptOfThemIsASmallPartOfThem() throws Exception {
        byte[] scattered = new byte[128 << 20];
        for (int at = 0; at < scattered.length; at += 2 * PAGE) {
            scattered[at] = 1;
        }
        Path whole = plain(scattered);
        for (int at = 0; at < scattered.length; at += 2 * PAGE) {
            scattered[at] = (byte) (at / PAGE % 4 == 0 ? 2 : 0);
        }
        List<Path> stack = List.of(whole, delta(plain(scattered), List.of(whole)));
        sparse.open(stack).close(); // classes and calls are there from then on

        long thousandth = scattered.length / 1024;
        assertThat(allocated(() -> sparse.open(List.of(whole)).close())).isLessThan(thousandth);
        // 4 bytes for each page are kept, and the numbers of those that it has are read.
        assertThat(allocated(() -> sparse.open(stack).close())).isLessThan(3 * thousandth);
        assertHolds(stack, scattered, plain(scattered));
    }

    @Test
    void memoriesOfTwoSizesAreNotCompared() throws Exception {
        Path small = plain(new byte[4 * PAGE]);
        assertThatThrownBy(() -> delta(plain(new byte[5 * PAGE]), List.of(small)))
                .isInstanceOf(IOException.class);
    }

    private interface Damage {
        byte[] to(byte[] delta);
    }

    private static Damage number(int fromTheEnd, int number) {
        return bytes -> {
            ByteBuffer.wrap(bytes).putInt(bytes.length - fromTheEnd, number);
            return bytes;
        };
    }

    @Test
    void aFileThatIsNoPartOfAMemoryIsRefusedWithoutBelievingWhatItSays() throws Exception {
        byte[] full = new byte[1 << 20];
        new Random(2).nextBytes(full);
        byte[] other = full.clone();
        Arrays.fill(other, 0, 10 * PAGE, (byte) 7);
        Arrays.fill(other, 20 * PAGE, 25 * PAGE, (byte) 0);
        Path below = plain(full);
        byte[] good = Files.readAllBytes(delta(plain(other), List.of(below)));
        assertThat(good).hasSize(10 * PAGE + 15 * 4 + FOOTER);
        List<Damage> damages = new ArrayList<>(List.of(
                bytes -> new byte[0],
                bytes -> Arrays.copyOf(bytes, 20),
                bytes -> Arrays.copyOf(bytes, bytes.length - 1),
                bytes -> Arrays.copyOf(bytes, bytes.length + 1),
                bytes -> Arrays.copyOfRange(bytes, PAGE, bytes.length),
                bytes -> new byte[bytes.length]));
        for (int number : new int[] {-1, Integer.MIN_VALUE, Integer.MAX_VALUE, 1 << 28, 0, 11}) {
            damages.add(number(8, number)); // pages
            damages.add(number(4, number)); // zeros
            damages.add(number(16, number)); // size
            damages.add(number(12, number));
            damages.add(number(24, number)); // version
            damages.add(number(20, number)); // size of a page
        }
        for (int number : new int[] {-1, Integer.MIN_VALUE, Integer.MAX_VALUE, 256}) {
            damages.add(number(FOOTER + 15 * 4, number)); // which page
            damages.add(number(FOOTER + 4, number)); // which is zeros
        }
        int second = ByteBuffer.wrap(good).getInt(good.length - FOOTER - 14 * 4);
        damages.add(number(FOOTER + 15 * 4, second)); // one page twice
        damages.add(number(FOOTER + 4, second));
        Path bad = directory.resolve("bad");
        for (Damage damage : damages) {
            byte[] broken = damage.to(good.clone());
            Files.write(bad, broken);
            if (Arrays.equals(broken, good)) {
                continue;
            }
            assertThatThrownBy(() -> sparse.sum(List.of(below, bad), soon()))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("bad is no part of a memory");
        }
        assertThatThrownBy(() -> sparse.sum(List.of(directory.resolve("none"), bad), soon()))
                .isInstanceOf(IOException.class);
        assertThatThrownBy(() -> sparse.sum(List.of(bad, below), soon())).isInstanceOf(IOException.class);
    }

    @Test
    void aSingleFlippedBitIsRefusedOrSeenInTheSum() throws Exception {
        Random random = new Random(3);
        byte[] first = changed(new byte[64 * PAGE], new byte[64 * PAGE], random);
        byte[] is = first.clone();
        random.nextBytes(is);
        Arrays.fill(is, 0, 9 * PAGE, (byte) 0);
        Path below = plain(first);
        Path good = delta(plain(is), List.of(below));
        String sum = sparse.sum(List.of(below, good), soon());
        Path bad = directory.resolve("bad");
        for (int i = 0; i < 500; i++) {
            byte[] bytes = Files.readAllBytes(good);
            int from = i % 2 == 0 ? 0 : bytes.length - 64 * 4 - FOOTER;
            bytes[from + random.nextInt(bytes.length - from)] ^= (byte) (1 << random.nextInt(8));
            Files.write(bad, bytes);
            String now;
            try {
                now = sparse.sum(List.of(below, bad), soon());
            } catch (IOException refused) {
                continue;
            }
            assertThat(now).isNotEqualTo(sum);
        }
        Path upper = directory.resolve("upper");
        Files.copy(good, upper, StandardCopyOption.REPLACE_EXISTING);
        assertThat(sparse.sum(List.of(below, upper), soon())).isEqualTo(sum);
    }
}
