package dev.noid.worker.guest;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class StdinQueueTest {
    private final StdinQueue queue = new StdinQueue(true);

    private static byte[] some(int count) {
        byte[] bytes = new byte[count];
        new Random(count).nextBytes(bytes);
        return bytes;
    }

    private byte[] drain() {
        ByteArrayOutputStream sent = new ByteArrayOutputStream();
        for (StdinQueue.Chunk chunk = queue.next(); chunk != null; chunk = queue.next()) {
            sent.writeBytes(chunk.bytes());
        }
        return sent.toByteArray();
    }

    @Test
    void takesWhatContinuesTheStreamAndNothingElse() {
        queue.add(0, new byte[] {1, 2, 3});
        queue.add(5, new byte[] {9});
        queue.add(1, new byte[] {2, 3, 4});
        queue.add(0, new byte[] {1, 2});
        assertThat(drain()).containsExactly(1, 2, 3, 4);
    }

    /// Attack G5: an offset from the topic is any number.
    @Test
    void takesNothingFromAnOffsetThatIsNoPlace() {
        byte[] bytes = some(100);
        for (long offset : new long[] {
            -1,
            -50,
            -99,
            Integer.MIN_VALUE,
            Long.MIN_VALUE,
            Long.MIN_VALUE + 50,
            1,
            1L << 31,
            1L << 53,
            Long.MAX_VALUE - 50,
            Long.MAX_VALUE
        }) {
            queue.add(offset, bytes);
        }
        assertThat(drain()).isEmpty();
        queue.add(0, bytes);
        queue.add(-1, some(200));
        assertThat(drain()).isEqualTo(bytes);
    }

    /// One that said it has 2^61 - 2^31 + 5 bytes and grants none made the worker take as much memory as an int can
    /// say.
    @Test
    void sendsNothingToOneThatHasMoreThanItGrants() {
        StdinQueue attached = new StdinQueue(false);
        attached.acknowledge((1L << 61) - (1L << 31) + 5, 0, false);
        assertThat(attached.next()).isNull();
        attached.acknowledge((1L << 61) - 5, 0, false);
        assertThat(attached.next()).isNull();
    }

    @Test
    void sendsAgainFromWhatWasAcknowledged() {
        byte[] bytes = some(100_000);
        queue.add(0, bytes);
        assertThat(drain()).isEqualTo(bytes);
        queue.acknowledge(70_000, 70_000 + StdinQueue.ROOM, false);
        queue.again();
        assertThat(drain()).isEqualTo(Arrays.copyOfRange(bytes, 70_000, 100_000));
    }

    @Test
    void holdsNoMoreThanItsRoomAndSendsNoMoreThanGranted() {
        byte[] bytes = some(StdinQueue.ROOM + 5000);
        queue.add(0, bytes);
        assertThat(drain()).hasSize(StdinQueue.ROOM);
        queue.acknowledge(3000, 1L << 60, false);
        assertThat(queue.granted()).isEqualTo(3000 + StdinQueue.ROOM);
        queue.add(StdinQueue.ROOM, Arrays.copyOfRange(bytes, StdinQueue.ROOM, bytes.length));
        assertThat(drain()).isEqualTo(Arrays.copyOfRange(bytes, StdinQueue.ROOM, StdinQueue.ROOM + 3000));
    }

    @Test
    void endsOnceAfterTheLastByteAndAgainInANewSession() {
        queue.endAt(3);
        queue.add(0, new byte[] {1, 2, 3});
        assertThat(queue.nextEof()).isEqualTo(-1);
        assertThat(drain()).hasSize(3);
        assertThat(queue.nextEof()).isEqualTo(3);
        assertThat(queue.nextEof()).isEqualTo(-1);
        queue.acknowledge(3, 3 + StdinQueue.ROOM, false);
        queue.again();
        assertThat(queue.nextEof()).isEqualTo(3);
    }

    @Test
    void waitsForTheAgentToSayWhereAnEarlierSessionStands() {
        StdinQueue attached = new StdinQueue(false);
        attached.add(0, new byte[10]);
        assertThat(attached.next()).isNull();
        attached.acknowledge(10, 10 + StdinQueue.ROOM, false);
        attached.add(10, new byte[] {7});
        StdinQueue.Chunk chunk = Objects.requireNonNull(attached.next());
        assertThat(chunk.offset()).isEqualTo(10);
    }

    @Test
    void dropsEverythingOnceTheProcessHasClosedItsEnd() {
        queue.add(0, new byte[10]);
        queue.endAt(10);
        queue.acknowledge(0, StdinQueue.ROOM, true);
        assertThat(queue.next()).isNull();
        assertThat(queue.nextEof()).isEqualTo(-1);
    }

    @Test
    void aStreamOfRandomStepsArrivesWhole() {
        byte[] bytes = some(3_000_000);
        Random random = new Random(11);
        ByteArrayOutputStream there = new ByteArrayOutputStream();
        int offered = 0;
        while (there.size() < bytes.length) {
            int to = Math.min(bytes.length, there.size() + StdinQueue.ROOM);
            int from = Math.max(0, offered - random.nextInt(100_000));
            offered = Math.min(to, offered + random.nextInt(90_000));
            queue.add(from, Arrays.copyOfRange(bytes, from, offered));
            StdinQueue.Chunk chunk = queue.next();
            if (random.nextInt(20) == 0) {
                queue.again();
            } else if (chunk != null && chunk.offset() == there.size()) {
                there.writeBytes(chunk.bytes());
            }
            queue.acknowledge(there.size(), there.size() + (long) StdinQueue.ROOM, false);
        }
        assertThat(there.toByteArray()).isEqualTo(bytes);
    }
}
