package dev.noid.worker.guest;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Whatever a guest sends: nothing is thrown, nothing is allocated by its word, and frames behind the garbage are
/// found.
class FrameReaderFuzzTest {
    private static final int ROUNDS = 300;

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 42, 20261124})
    void garbageNeverThrowsAndTheFramesBehindItAreFound(long seed) {
        Random random = new Random(seed);
        FrameReader reader = new FrameReader();
        for (int round = 0; round < ROUNDS; round++) {
            List<Frame> read = new ArrayList<>();
            FrameCodecTest.feed(reader, garbage(random), read);
            // What the agent sends at the start of a session, so that whatever half frame there was is complete.
            byte[] filler = new byte[FrameCodec.FRAME_MAX];
            Arrays.fill(filler, (byte) 0xff);
            FrameCodecTest.feed(reader, filler, read);
            read.clear();
            byte[] payload = bytes(random, random.nextInt(200));
            FrameCodecTest.feed(reader, FrameCodec.encode(9, round, FrameType.OUTPUT, payload), read);
            assertThat(read).as("seed %s round %s", seed, round).hasSize(1);
            assertThat(read.getFirst().channel()).isEqualTo(round);
            assertThat(read.getFirst().payload()).isEqualTo(payload);
            understand(read.getFirst());
        }
        assertThat(reader.skipped()).isPositive();
    }

    @ParameterizedTest
    @ValueSource(longs = {7, 8, 9})
    void anyPayloadOfAnyTypeIsUnderstoodOrMalformed(long seed) {
        Random random = new Random(seed);
        for (int round = 0; round < 200_000; round++) {
            understand(new Frame(1, 1, random.nextInt(256), bytes(random, random.nextInt(80))));
        }
    }

    @Test
    void aLengthThatLiesIsNoHeaderEvenWithARightCheck() {
        FrameReader reader = new FrameReader();
        List<Frame> read = new ArrayList<>();
        for (int length : new int[] {-1, Integer.MIN_VALUE, Integer.MAX_VALUE, FrameCodec.PAYLOAD_MAX + 1}) {
            FrameCodecTest.feed(reader, header(length), read);
        }
        assertThat(read).isEmpty();
        FrameCodecTest.feed(reader, FrameCodec.encode(1, 2, 3, new byte[] {4}), read);
        assertThat(read).hasSize(1);
        assertThat(reader.skipped()).isEqualTo(4 * FrameCodec.HEADER);
    }

    @Test
    void aDamagedPayloadCostsItsFrameOnly() {
        FrameReader reader = new FrameReader();
        List<Frame> read = new ArrayList<>();
        byte[] damaged = FrameCodec.encode(1, 2, 3, new byte[100]);
        damaged[60] = 1;
        FrameCodecTest.feed(reader, damaged, read);
        FrameCodecTest.feed(reader, FrameCodec.encode(1, 2, 3, new byte[100]), read);
        assertThat(read).hasSize(1);
        assertThat(reader.dropped()).isEqualTo(1);
    }

    private static byte[] header(int length) {
        ByteBuffer header = ByteBuffer.allocate(FrameCodec.HEADER);
        header.putInt(FrameCodec.MAGIC).putInt(length).putInt(1).putInt(1).putInt(0x83000000);
        header.putInt(FrameCodec.crc(header.array(), 0, 20));
        return header.array();
    }

    private static byte[] garbage(Random random) {
        byte[] frame = FrameCodec.encode(random.nextInt(), random.nextInt(), random.nextInt(256), bytes(random, 500));
        return switch (random.nextInt(5)) {
            case 0 -> bytes(random, random.nextInt(5000));
            case 1 -> Arrays.copyOf(frame, random.nextInt(frame.length));
            case 2 -> {
                frame[random.nextInt(frame.length)] ^= (byte) (1 << random.nextInt(8));
                yield frame;
            }
            case 3 -> header(random.nextInt());
            default -> {
                ByteArrayOutputStream magics = new ByteArrayOutputStream();
                for (int i = 0; i < 50; i++) {
                    magics.writeBytes(Arrays.copyOf(frame, 1 + random.nextInt(30)));
                }
                yield magics.toByteArray();
            }
        };
    }

    private static void understand(Frame frame) {
        try {
            assertThat(AgentFrame.of(frame)).isNotNull();
        } catch (MalformedFrame malformed) {
            assertThat(malformed).hasMessageMatching("[a-z ]+");
        }
    }

    private static byte[] bytes(Random random, int count) {
        byte[] bytes = new byte[count];
        random.nextBytes(bytes);
        return bytes;
    }
}
