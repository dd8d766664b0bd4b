package dev.noid.worker.guest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.noid.schema.Deadline;
import dev.noid.schema.ExecId;
import dev.noid.schema.job.JobSpec;
import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// What the host sends, and when, around a guest that stands still: with one that answers late, never, or not at all.
@Timeout(30)
class StillnessTest {
    private static final Duration LONG = Duration.ofSeconds(10);
    private static final Duration SHORT = Duration.ofMillis(200);
    private static final ExecId ID = new ExecId("job-still", 1);
    private static final Instant NOW = Instant.ofEpochSecond(1_764_000_000L, 123_456_789);
    private static final String BOOT = "0c5c7f3e-5a0c-4b52-9a3b-0d8c7b1f2a11";

    @TempDir
    Path directory;

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

    private SocketChannel connected() throws InterruptedException {
        session = GuestSession.open(agent.way(), new Hello("vm-still", "still", 8, () -> NOW), () -> {});
        assertThat(session.greeting(Deadline.after(Duration.ofSeconds(5)))).isEqualTo(Greeting.READY);
        return agent.connection();
    }

    private static CompletableFuture<Boolean> asked(BooleanSupplier what) {
        return CompletableFuture.supplyAsync(what::getAsBoolean);
    }

    private static Identity identity() {
        byte[] seed = new byte[64];
        for (int i = 0; i < seed.length; i++) {
            seed[i] = (byte) (i + 1);
        }
        return new Identity("vm-2", BOOT, "00112233445566778899aabbccddeeff", true, seed);
    }

    private void startExec() {
        JobSpec.Exec cat = new JobSpec.Exec(List.of("cat"), Map.of(), null, null, null, false, 0, 1000, 0, false);
        heard.of(session.start(ID, cat, heard));
    }

    private void quiesced(SocketChannel to) throws Exception {
        CompletableFuture<Boolean> asked = asked(() -> session.quiesce(LONG));
        agent.next(FrameType.QUIESCE);
        agent.say(to, 0, FrameType.QUIESCED, new PayloadWriter());
        assertThat(asked.get(5, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void whenNoAnswerComesTheGuestIsThawedBeforeAnythingElse() throws Exception {
        connected();
        CompletableFuture<Boolean> asked = asked(() -> session.quiesce(SHORT));
        assertThat(agent.next().type()).isEqualTo(FrameType.QUIESCE);
        startExec();
        assertThat(asked.get(5, TimeUnit.SECONDS)).isFalse();
        assertThat(session.frozen()).isFalse();
        assertThat(agent.next().type()).isEqualTo(FrameType.THAW);
        assertThat(agent.next().type()).isEqualTo(FrameType.EXEC);
    }

    @Test
    void aRefusalUnholdsAtOnce() throws Exception {
        SocketChannel to = connected();
        CompletableFuture<Boolean> asked = asked(() -> session.quiesce(LONG));
        Frame quiesce = agent.next();
        assertThat(new PayloadReader(quiesce.payload()).u32())
                .as("the agent gives up first")
                .isEqualTo(7500);
        startExec();
        agent.say(to, 0, FrameType.REFUSED, new PayloadWriter().u8(6).string("processes did not freeze in time"));
        assertThat(asked.get(5, TimeUnit.SECONDS)).isFalse();
        assertThat(agent.next().type()).isEqualTo(FrameType.EXEC);
    }

    @Test
    void nothingIsSentToAStillGuestUntilTheThaw() throws Exception {
        SocketChannel to = connected();
        quiesced(to);
        startExec();
        session.forget(new ExecId("job-other", 1));
        assertThat(session.ping(SHORT)).isFalse();
        assertThat(agent.heardNothing()).isTrue();
        session.thaw();
        assertThat(agent.next().payload()).isEqualTo(FrameCodecTest.goldenPayload("thaw.bin"));
        agent.next(FrameType.EXEC);
    }

    @Test
    void whoseHomeMovedIsFoundThereAgainUnderItsNewName() throws Exception {
        try (FakeAgent there = new FakeAgent(directory.resolve("b"))) {
            SocketChannel to = connected();
            session.moved(there.way(), "another");
            var _ = asked(() -> session.ping(SHORT));
            agent.next(FrameType.PING); // over what was open before
            to.close();

            there.connection();
            await().until(() -> there.hello.length > 0);
            PayloadReader hello = new PayloadReader(there.hello);
            assertThat(hello.u16()).isEqualTo(Hello.PROTOCOL);
            assertThat(hello.u64()).isEqualTo(8);
            assertThat(hello.u64()).isPositive();
            assertThat(hello.string()).isEqualTo("another");
        }
    }

    @Test
    void theRequestIsTheGoldenOne() throws Exception {
        agent.frozen = true;
        SocketChannel to = connected();
        CompletableFuture<Boolean> asked = asked(() -> session.reinit(identity(), LONG));
        assertThat(agent.next(FrameType.REINIT).payload()).isEqualTo(FrameCodecTest.goldenPayload("reinit-fork.bin"));
        agent.say(to, 0, FrameType.REINIT_OK, new PayloadWriter().u64(1).string("another-boot"));
        agent.say(to, 0, FrameType.REINIT_OK, new PayloadWriter().u64(1).string(BOOT));
        assertThat(asked.get(5, TimeUnit.SECONDS)).isTrue();
        assertThat(session.bootId()).isEqualTo(BOOT);
    }

    @Test
    void aReinitThatFailsLeavesTheGuestStill() throws Exception {
        agent.frozen = true;
        agent.execs = Set.of(ID.toString());
        SocketChannel to = connected();
        CompletableFuture<Boolean> asked = asked(() -> session.reinit(identity(), LONG));
        agent.next(FrameType.REINIT);
        agent.say(to, 0, FrameType.REFUSED, new PayloadWriter().u8(6).string("seed"));
        assertThat(asked.get(5, TimeUnit.SECONDS)).isFalse();
        assertThat(session.frozen()).isTrue();
        assertThat(session.known()).containsExactly(ID);
        assertThat(session.bootId()).isEqualTo("boot-1");
    }

    @Test
    void whenOnlyTheAnswerWasLostTheNewBootIdIsTheAnswer() throws Exception {
        SocketChannel to = connected();
        startExec();
        agent.next(FrameType.EXEC);
        quiesced(to);
        CompletableFuture<Boolean> asked = asked(() -> session.reinit(identity(), LONG));
        agent.next(FrameType.REINIT);
        agent.frozen = true;
        agent.bootId = BOOT;
        to.close();
        assertThat(asked.get(5, TimeUnit.SECONDS)).isTrue();
        assertThat(session.frozen()).isTrue();
        assertThat(heard.gone).isNotDone();
    }

    @Test
    void aQuestionInALostChannelIsAskedAgain() throws Exception {
        SocketChannel to = connected();
        CompletableFuture<Boolean> asked = asked(() -> session.quiesce(LONG));
        agent.next(FrameType.QUIESCE);
        to.close();
        SocketChannel again = agent.connection();
        agent.next(FrameType.QUIESCE);
        agent.say(again, 0, FrameType.QUIESCED, new PayloadWriter());
        assertThat(asked.get(5, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void aThawInALostChannelIsSentAgain() throws Exception {
        SocketChannel to = connected();
        quiesced(to);
        agent.frozen = true;
        session.thaw();
        agent.next(FrameType.THAW);
        to.close();
        SocketChannel again = agent.connection();
        startExec();
        assertThat(agent.next().type()).isEqualTo(FrameType.THAW);
        assertThat(agent.next().type()).isEqualTo(FrameType.EXEC);
        agent.say(again, 0, FrameType.THAWED, new PayloadWriter());
        assertThat(session.frozen()).isFalse();
    }

    @Test
    void aHoldOutlivesTheChannel() throws Exception {
        SocketChannel to = connected();
        quiesced(to);
        startExec();
        agent.frozen = true;
        int before = agent.session;
        to.close();
        await().until(() -> agent.session != before);
        assertThat(session.ping(SHORT)).isFalse();
        assertThat(agent.heardNothing()).isTrue();
        assertThat(session.frozen()).isTrue();
    }

    @Test
    void aStillGuestIsToldToShutDown() throws Exception {
        SocketChannel to = connected();
        quiesced(to);
        startExec();
        session.shutdown(Duration.ofSeconds(3));
        assertThat(agent.next().payload()).isEqualTo(FrameCodecTest.goldenPayload("shutdown.bin"));
    }

    @Test
    void logOfNobodyIsNoFrame() throws Exception {
        SocketChannel to = connected();
        CompletableFuture<ExecId> said = new CompletableFuture<>();
        session.onLog((exec, _, _) -> said.complete(exec));
        agent.say(to, 0, FrameType.LOG, new PayloadWriter().string("nonsense").u8(1));
        agent.say(
                to, 0, FrameType.LOG, new PayloadWriter().string(ID.toString()).u8(3));
        agent.say(
                to, 0, FrameType.LOG, new PayloadWriter().string(ID.toString()).u8(2));
        assertThat(said.get(5, TimeUnit.SECONDS)).isEqualTo(ID);
    }
}
