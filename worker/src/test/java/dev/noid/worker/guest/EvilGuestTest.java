package dev.noid.worker.guest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.noid.schema.Deadline;
import dev.noid.schema.ExecId;
import dev.noid.schema.job.JobSpec;
import dev.noid.schema.record.Stream;
import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// A guest may say anything. It must not stop, fill or mislead the host, only itself.
@Timeout(30)
class EvilGuestTest {
    private static final ExecId ID = new ExecId("job-evil", 1);

    @TempDir
    Path directory;

    private final AtomicInteger lost = new AtomicInteger();
    private final HeardExec heard = new HeardExec();
    private FakeAgent agent;

    @SuppressWarnings("NullAway.Init") // each test opens its own
    private GuestSession session;

    @BeforeEach
    void open() throws IOException {
        agent = new FakeAgent(directory.resolve("a"));
    }

    @AfterEach
    void close() throws IOException {
        session.close();
        agent.close();
    }

    private Greeting greet(Duration patience) throws InterruptedException {
        Hello hello = new Hello("vm-evil", "evil", 1, Clock.systemUTC());
        session = GuestSession.open(agent.way(), hello, lost::incrementAndGet);
        return session.greeting(Deadline.after(patience));
    }

    private SocketChannel connected() throws InterruptedException {
        assertThat(greet(Duration.ofSeconds(5))).isEqualTo(Greeting.READY);
        return agent.connection();
    }

    private static JobSpec.Exec spec(byte @Nullable [] stdin, boolean stdinOpen) {
        return new JobSpec.Exec(List.of("cat"), Map.of(), null, null, stdin, stdinOpen, 0, 1000, 0, false);
    }

    private GuestExec start() {
        GuestExec exec = session.start(ID, spec(null, true), heard);
        heard.of(exec);
        return exec;
    }

    private static PayloadWriter started() {
        return new PayloadWriter().u32(77).u64(0).u64(StdinQueue.ROOM);
    }

    private static PayloadWriter exited(long stdout) {
        return new PayloadWriter().u8(1).u32(0).u8(0).u8(0).u64(stdout).u64(0).u64(1000);
    }

    private static PayloadWriter output(long offset, String text) {
        byte[] bytes = text.getBytes(java.nio.charset.StandardCharsets.UTF_8);
        return new PayloadWriter().u8(1).u64(offset).bytes(bytes, 0, bytes.length);
    }

    @Test
    void oneThatNeverAnswersIsGivenUpAtTheDeadline() throws Exception {
        agent.answers = false;
        assertThat(greet(Duration.ofMillis(700))).isEqualTo(Greeting.NO_ANSWER);
    }

    private static final JobSpec.Exec LARGE =
            new JobSpec.Exec(List.of("echo", "x".repeat(66_000)), Map.of(), null, null, null, false, 0, 1000, 0, false);

    /// Field case 12: an agent of an earlier version is not asked for what it can't take, and the answer says why.
    @Test
    void anOlderAgentIsNotAskedForMoreThanOneFrame() throws Exception {
        connected();
        session.start(ID, LARGE, heard);
        assertThat(heard.refused.get(5, TimeUnit.SECONDS))
                .contains("64 KiB", "made with an earlier version of Noid", "a VM made now does");
        assertThat(agent.heardNothing()).isTrue();
    }

    @Test
    void aNewerAgentGetsItInParts() throws Exception {
        agent.protocol = 2;
        connected();
        session.start(ID, LARGE, heard);
        Frame first = agent.next();
        Frame second = agent.next();
        assertThat(first.type()).isEqualTo(FrameType.EXEC_PART);
        assertThat(second.type()).isEqualTo(FrameType.EXEC_PART);
        assertThat(first.payload().length + second.payload().length).isBetween(66_016, 66_300);
    }

    @Test
    void aProtocolThatIsNeitherOldNorOursIsRefused() throws Exception {
        agent.protocol = 3;
        assertThat(greet(Duration.ofSeconds(5))).isEqualTo(Greeting.OTHER_PROTOCOL);
    }

    @Test
    void garbageAndUnknownFramesAreSkippedAndTheNextExecWorks() throws Exception {
        SocketChannel to = connected();
        byte[] garbage = new byte[300_000];
        new Random(5).nextBytes(garbage);
        FakeAgent.write(to, garbage);
        FakeAgent.write(to, FrameCodec.encode(agent.session + 1, 1, FrameType.OUTPUT, new byte[100]));
        for (int i = 0; i < 20_000; i++) {
            agent.say(to, 1000 + i, 0x80 + i % 20, new PayloadWriter().u64(i));
        }
        start();
        int channel = agent.next(FrameType.EXEC).channel();
        agent.say(to, channel, FrameType.STARTED, started());
        agent.say(to, channel, FrameType.OUTPUT, output(0, "fine"));
        agent.say(to, channel, FrameType.EXITED, exited(4));
        assertThat(heard.exitCode()).isZero();
        assertThat(heard.stdout()).isEqualTo("fine");
    }

    @Test
    void textNoRowCouldTakeIsNoFrame() throws Exception {
        SocketChannel to = connected();
        start();
        int channel = agent.next(FrameType.EXEC).channel();
        agent.say(to, channel, FrameType.REFUSED, new PayloadWriter().u8(3).string("a\0b"));
        agent.say(to, channel, FrameType.REFUSED, new PayloadWriter().u8(3).string("x\u0007" + "y".repeat(60_000)));

        assertThat(heard.refused.get(5, TimeUnit.SECONDS))
                .startsWith("BAD_REQUEST x?y")
                .hasSizeLessThan(400);
    }

    /// As the sweep does with an attempt whose thread failed.
    @Test
    void anExecTakenUpAgainInTheSameSessionGoesOnWhereItsOutputIs() throws Exception {
        SocketChannel to = connected();
        start();
        int first = agent.next(FrameType.EXEC).channel();
        agent.say(to, first, FrameType.STARTED, started());
        agent.say(to, first, FrameType.OUTPUT, output(0, "one"));
        await().until(() -> heard.stdout().equals("one"));

        HeardExec again = new HeardExec().after(heard);
        again.of(session.start(ID, spec(null, true), again));
        int second = agent.next(FrameType.EXEC).channel();
        agent.say(to, second, FrameType.STARTED, started());
        agent.say(to, second, FrameType.OUTPUT, output(3, "two"));
        agent.say(to, second, FrameType.EXITED, exited(6));
        assertThat(again.exit().stdoutBytes()).isEqualTo(6);
        assertThat(again.stdout()).isEqualTo("onetwo");
    }

    @Test
    void answeringTwiceCountsOnce() throws Exception {
        SocketChannel to = connected();
        GuestExec exec = start();
        int channel = agent.next(FrameType.EXEC).channel();
        for (int i = 0; i < 2; i++) {
            agent.say(to, channel, FrameType.STARTED, started());
            agent.say(to, channel, FrameType.OUTPUT, output(0, "once"));
        }
        agent.say(to, channel, FrameType.EXITED, exited(4));
        agent.say(
                to,
                channel,
                FrameType.EXITED,
                new PayloadWriter().u8(2).u32(9).u8(0).u8(0).u64(0).u64(0).u64(0));
        agent.say(to, channel, FrameType.OUTPUT, output(4, "late"));
        agent.say(to, channel, FrameType.REFUSED, new PayloadWriter().u8(1).string("full"));
        assertThat(heard.exitCode()).isZero();
        exec.acknowledge(Stream.STDOUT, 4);
        assertThat(session.ping(Duration.ofMillis(200)))
                .as("this agent has no PONG")
                .isFalse();
        assertThat(heard.stdout()).isEqualTo("once");
        assertThat(heard.refused).isNotDone();
    }

    @Test
    void outputThatJumpsAheadNeverReachesTheListenerAndTheExitIsCutToWhatCame() throws Exception {
        SocketChannel to = connected();
        start();
        int channel = agent.next(FrameType.EXEC).channel();
        agent.say(to, channel, FrameType.STARTED, started());
        agent.say(to, channel, FrameType.OUTPUT, output(0, "ab"));
        agent.say(to, channel, FrameType.OUTPUT, output(1L << 40, "far"));
        agent.say(to, channel, FrameType.OUTPUT, output(Long.MIN_VALUE, "negative"));
        agent.say(to, channel, FrameType.OUTPUT, output(2, "c"));
        agent.say(to, channel, FrameType.EXITED, exited(1L << 50));
        assertThat(heard.exit().stdoutBytes()).isEqualTo(3);
        assertThat(heard.stdout()).isEqualTo("abc");
    }

    @Test
    void grantsBeyondTheRoomAreCut() throws Exception {
        SocketChannel to = connected();
        GuestExec exec = start();
        int channel = agent.next(FrameType.EXEC).channel();
        agent.say(
                to,
                channel,
                FrameType.STARTED,
                new PayloadWriter().u32(1).u64(0).u64(1L << 60));
        await().until(() -> heard.granted() > 0);
        assertThat(heard.granted()).isEqualTo(StdinQueue.ROOM);
        exec.stdin(0, new byte[10 * StdinQueue.ROOM]);
        long sent = 0;
        while (sent < StdinQueue.ROOM) {
            sent += agent.next(FrameType.STDIN).payload().length - 8;
        }
        assertThat(sent).isEqualTo(StdinQueue.ROOM);
    }

    @Test
    void oneThatStopsReadingBlocksNoCaller() throws Exception {
        agent.reads = true;
        SocketChannel to = connected();
        GuestExec exec = start();
        int channel = agent.next(FrameType.EXEC).channel();
        agent.reads = false;
        agent.say(to, channel, FrameType.STARTED, started());
        long begin = System.nanoTime();
        for (int i = 0; i < 10_000; i++) {
            exec.stdin(i * 1000L, new byte[1000]);
            exec.signal(1);
            exec.acknowledge(Stream.STDOUT, i);
            session.forget(new ExecId("job-other", i + 1));
        }
        exec.kill(Duration.ZERO);
        assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(5));
    }

    @Test
    void afterALostChannelTheExecIsAttachedAndItsOutputGoesOn() throws Exception {
        SocketChannel to = connected();
        GuestExec exec = start();
        exec.stdin(0, "input".getBytes(java.nio.charset.StandardCharsets.UTF_8));
        int channel = agent.next(FrameType.EXEC).channel();
        agent.say(to, channel, FrameType.STARTED, started());
        agent.say(to, channel, FrameType.OUTPUT, output(0, "first "));
        await().until(() -> heard.stdout().equals("first "));
        byte[] half = FrameCodec.encode(
                agent.session, channel, FrameType.OUTPUT, output(6, "never").done());
        FakeAgent.write(to, java.util.Arrays.copyOf(half, 20));
        agent.execs = java.util.Set.of(ID.toString());
        to.close();
        SocketChannel again = agent.connection();
        Frame attach = agent.next(FrameType.ATTACH);
        assertThat(lost).hasValue(1);
        assertThat(session.known()).containsExactly(ID);
        agent.say(again, attach.channel(), FrameType.STARTED, started());
        agent.say(again, attach.channel(), FrameType.OUTPUT, output(3, "st second"));
        agent.say(again, attach.channel(), FrameType.EXITED, exited(12));
        assertThat(new PayloadReader(agent.next(FrameType.STDIN).payload()).u64())
                .isZero();
        assertThat(heard.exitCode()).isZero();
        assertThat(heard.stdout()).isEqualTo("first second");
    }

    @Test
    void anExecThatWasNeverHeardOfIsStartedAgainAfterALostChannel() throws Exception {
        SocketChannel to = connected();
        start();
        agent.next(FrameType.EXEC);
        to.close();
        SocketChannel again = agent.connection();
        int channel = agent.next(FrameType.EXEC).channel();
        agent.say(again, channel, FrameType.EXITED, exited(0));
        assertThat(heard.exitCode()).isZero();
    }

    @Test
    void anotherBootIdMeansThatItsExecsAreGone() throws Exception {
        SocketChannel to = connected();
        start();
        agent.say(to, agent.next(FrameType.EXEC).channel(), FrameType.STARTED, started());
        heard.started.get(5, TimeUnit.SECONDS);
        agent.bootId = "boot-2";
        to.close();
        heard.gone.get(5, TimeUnit.SECONDS);
        assertThat(session.bootId()).isEqualTo("boot-2");
        assertThat(heard.ended).isNotDone();
    }

    @Test
    void anAgentThatDeniesWhatItStartedMakesTheExecGone() throws Exception {
        SocketChannel to = connected();
        start();
        agent.say(to, agent.next(FrameType.EXEC).channel(), FrameType.STARTED, started());
        heard.started.get(5, TimeUnit.SECONDS);
        to.close();
        SocketChannel again = agent.connection();
        int channel = agent.next(FrameType.ATTACH).channel();
        agent.say(again, channel, FrameType.REFUSED, new PayloadWriter().u8(2).string(""));
        heard.gone.get(5, TimeUnit.SECONDS);
    }

    @Test
    void oneOfALaterGenerationIsNotOurs() throws Exception {
        agent.answers = false;
        Hello hello = new Hello("vm-evil", "evil", 1, Clock.systemUTC());
        session = GuestSession.open(agent.way(), hello, lost::incrementAndGet);
        SocketChannel to = agent.connection();
        await().until(() -> agent.session != 0);
        agent.say(
                to,
                0,
                FrameType.HELLO_OK,
                new PayloadWriter().u16(1).string("b").u64(2).u8(0).u32(0));
        assertThat(session.greeting(Deadline.after(Duration.ofSeconds(5)))).isEqualTo(Greeting.OLD_GENERATION);
    }

    @Test
    void aListenerThatThrowsHarmsOnlyItsExec() throws Exception {
        SocketChannel to = connected();
        session.start(new ExecId("job-bad", 1), spec(null, false), new ThrowingListener());
        int bad = agent.next(FrameType.EXEC).channel();
        start();
        int good = agent.next(FrameType.EXEC).channel();
        agent.say(to, bad, FrameType.STARTED, started());
        agent.say(to, good, FrameType.EXITED, exited(0));
        assertThat(heard.exitCode()).isZero();
    }

    @Test
    void aRequestLargerThanAFrameIsRefusedHere() throws Exception {
        connected();
        String huge = "x".repeat(70_000);
        session.start(
                ID, new JobSpec.Exec(List.of("echo", huge), Map.of(), null, null, null, false, 0, 0, 0, false), heard);
        assertThat(heard.refused.get(5, TimeUnit.SECONDS)).startsWith("BAD_REQUEST");
    }

    private static final class ThrowingListener implements ExecListener {
        @Override
        public void started(long pid) {
            throw new IllegalStateException("a bug of this test");
        }

        @Override
        public void output(Stream stream, long offset, byte[] bytes) {}

        @Override
        public void inputAcknowledged(long acknowledged, long granted, boolean closed) {}

        @Override
        public void signalled(int number, int errno) {}

        @Override
        public void ended(GuestExit exit) {}

        @Override
        public void refused(Refusal why, String detail) {}

        @Override
        public void gone() {}
    }
}
