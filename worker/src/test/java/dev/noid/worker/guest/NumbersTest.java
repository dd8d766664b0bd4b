package dev.noid.worker.guest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.noid.schema.ExecId;
import dev.noid.schema.job.JobSpec;
import dev.noid.schema.record.Stream;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Attack G5: every number that comes from a guest or from a topic is refused or taken, and never overflows.
class NumbersTest {
    private static final int ROUNDS = 50_000;
    private static final long[] EDGES = {
        0, 1L << 15, 1L << 20, 1L << 31, 1L << 32, 1L << 53, 1L << 60, 1L << 61, 1L << 62, 1L << 63
    };
    private static final long[] NUMBERS_OF = {
        FrameType.STARTED, FrameType.OUTPUT, FrameType.STDIN_ACK, FrameType.EXITED, FrameType.SIGNALLED
    };

    private static long number(Random random) {
        return random.nextInt(4) == 0 ? random.nextLong() : EDGES[random.nextInt(EDGES.length)] + random.nextInt(5) - 2;
    }

    private static Frame frame(Random random) {
        int type = (int) NUMBERS_OF[random.nextInt(NUMBERS_OF.length)];
        PayloadWriter payload =
                switch (type) {
                    case FrameType.STARTED ->
                        new PayloadWriter()
                                .u32((int) number(random))
                                .u64(number(random))
                                .u64(number(random));
                    case FrameType.OUTPUT ->
                        new PayloadWriter()
                                .u8(1 + random.nextInt(2))
                                .u64(number(random))
                                .bytes(new byte[100], 0, 1 + random.nextInt(100));
                    case FrameType.STDIN_ACK ->
                        new PayloadWriter()
                                .u64(number(random))
                                .u64(number(random))
                                .u8(random.nextInt(50) == 0 ? 1 : 0);
                    case FrameType.EXITED ->
                        new PayloadWriter()
                                .u8(1 + random.nextInt(3))
                                .u32((int) number(random))
                                .u8(random.nextInt(5))
                                .u8(random.nextInt(4))
                                .u64(number(random))
                                .u64(number(random))
                                .u64(number(random));
                    default -> new PayloadWriter().u32((int) number(random)).u32((int) number(random));
                };
        return new Frame(1, 1, type, payload.done());
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 20261201})
    void whatAGuestSaysOfAnExecIsRefusedOrMakesSense(long seed) {
        Random random = new Random(seed);
        Numbers heard = new Numbers("seed " + seed);
        ExecChannel exec = channel(random, heard);
        int taken = 0;
        for (int round = 0; round < ROUNDS; round++) {
            if (!exec.open() || random.nextInt(500) == 0) {
                exec = channel(random, heard);
            }
            try {
                taken += exec.heard(AgentFrame.of(frame(random))) ? 1 : 0;
            } catch (MalformedFrame _) {
                continue; // The declared refusal.
            }
            exec.stdin(number(random), new byte[random.nextInt(200)]);
            if (random.nextInt(20) == 0) {
                exec.stdinEof(number(random));
            }
            exec.acknowledge(random.nextBoolean() ? Stream.STDOUT : Stream.STDERR, number(random));
            for (byte[] out = exec.next(1); out != null; out = exec.next(1)) {
                assertThat(out.length).as("seed %s", seed).isBetween(FrameCodec.HEADER, FrameCodec.FRAME_MAX);
            }
        }
        assertThat(taken).isGreaterThan(ROUNDS / 10);
    }

    /// Both streams from there on have a length of which the sum is a number still: the limit of output looks at that.
    @Test
    void aPlaceFarOutIsNone() throws Exception {
        PayloadWriter last = new PayloadWriter().u8(1).u64((1L << 61) - 1).u8(0);
        assertThat(AgentFrame.of(new Frame(1, 1, FrameType.OUTPUT, last.done())))
                .isNotNull();
        byte[] beyond = new PayloadWriter().u8(1).u64(1L << 61).u8(0).done();
        assertThatThrownBy(() -> AgentFrame.of(new Frame(1, 1, FrameType.OUTPUT, beyond)))
                .isInstanceOf(MalformedFrame.class);
    }

    private static ExecChannel channel(Random random, ExecListener heard) {
        ExecId id = new ExecId("job-numbers", 1);
        return random.nextBoolean()
                ? ExecChannel.attaching(id, 1, heard, new Outbox())
                : ExecChannel.starting(
                        id,
                        new JobSpec.Exec(
                                List.of("cat"),
                                Map.of(),
                                null,
                                null,
                                null,
                                true,
                                number(random) & ((1L << 41) - 1),
                                (int) number(random) & Integer.MAX_VALUE,
                                number(random) & Long.MAX_VALUE,
                                false),
                        true,
                        1,
                        heard,
                        new Outbox());
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 20261201})
    void stdinFromATopicGoesNoFurtherThanItsRoom(long seed) {
        Random random = new Random(seed);
        StdinQueue queue = new StdinQueue(random.nextBoolean());
        long claimed = 0;
        for (int round = 0; round < ROUNDS; round++) {
            long near = queue.acknowledged() + random.nextInt(4_000) - 100;
            queue.add(random.nextInt(3) == 0 ? number(random) : near, new byte[random.nextInt(3_000)]);
            if (random.nextInt(1_000) == 0) {
                queue.endAt(number(random));
            }
            long sent = 0;
            for (StdinQueue.Chunk chunk = queue.next(); chunk != null; chunk = queue.next()) {
                assertThat(chunk.offset()).as("seed %s", seed).isNotNegative();
                assertThat(chunk.bytes().length).isBetween(1, StdinQueue.CHUNK);
                sent += chunk.bytes().length;
            }
            assertThat(sent).as("seed %s", seed).isLessThanOrEqualTo(StdinQueue.ROOM);
            // As a frame has it: below 2^61.
            long theirs = number(random) & ((1L << 61) - 1);
            claimed = random.nextInt(2_000) == 0 ? Math.max(claimed, theirs) : Math.min(theirs, claimed + 100);
            queue.acknowledge(claimed, number(random) & ((1L << 61) - 1), false);
            assertThat(queue.granted() - queue.acknowledged()).isLessThanOrEqualTo(StdinQueue.ROOM);
            assertThat(queue.acknowledged()).isNotNegative();
            if (random.nextInt(100) == 0) {
                queue.again();
            }
            if (random.nextInt(5_000) == 0) {
                queue = new StdinQueue(random.nextBoolean());
                claimed = 0;
            }
        }
    }

    /// Hears no number that could not be.
    private record Numbers(String what) implements ExecListener {
        private void place(long number) {
            assertThat(number).as(what).isBetween(0L, (1L << 61) + StdinQueue.ROOM);
        }

        @Override
        public void started(long pid) {
            assertThat(pid).as(what).isBetween(0L, 0xffffffffL);
        }

        @Override
        public void output(Stream stream, long offset, byte[] bytes) {
            place(offset);
        }

        @Override
        public void inputAcknowledged(long acknowledged, long granted, boolean closed) {
            place(acknowledged);
            place(granted);
        }

        @Override
        public void signalled(int number, int errno) {}

        @Override
        public void ended(GuestExit exit) {
            place(exit.stdoutBytes());
            place(exit.stderrBytes());
            assertThat(exit.runTime().isNegative()).as(what).isFalse();
        }

        @Override
        public void refused(Refusal why, String detail) {}

        @Override
        public void gone() {}
    }
}
