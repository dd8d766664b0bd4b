package dev.noid.worker.guest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.noid.schema.Deadline;
import dev.noid.schema.ExecId;
import dev.noid.schema.job.JobSpec;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// An agent that does not answer for a while (attack H1), with the real agent and real processes: what the session
/// says of it, and what becomes of execs that nobody waits for when it answers again.
@Timeout(60)
class SilentAgentTest {
    private static final ExecId ID = new ExecId("job-silent", 1);

    @TempDir
    Path directory;

    private @Nullable StubAgent agent;
    private final HeardExec heard = new HeardExec();

    @AfterEach
    void stop() throws Exception {
        if (agent != null) {
            signal("CONT");
            agent.end();
        }
    }

    private StubAgent agent() throws Exception {
        StubAgent started = new StubAgent(directory);
        agent = started;
        return started;
    }

    private void signal(String name) throws Exception {
        new ProcessBuilder(
                        "kill",
                        "-" + name,
                        Long.toString(Objects.requireNonNull(agent).process.pid()))
                .start()
                .waitFor();
    }

    private static JobSpec.Exec sh(String script) {
        return new JobSpec.Exec(
                List.of("/bin/sh", "-c", script), Map.of(), null, null, null, false, 0, 0, 1 << 20, false);
    }

    @Test
    void silenceGrowsUntilAProdIsAnswered() throws Exception {
        GuestSession session = agent().session(1);
        await().until(() -> session.silence().compareTo(Duration.ofMillis(300)) > 0);
        session.prod();
        await().until(() -> session.silence().compareTo(Duration.ofMillis(200)) < 0);

        signal("STOP");
        session.prod();
        await().during(Duration.ofMillis(500)).until(() -> session.silence().compareTo(Duration.ofMillis(1)) > 0);
        signal("CONT");
        await().until(() -> session.silence().compareTo(Duration.ofMillis(200)) < 0);
    }

    @Test
    void anAbandonedExecIsKilledAndForgottenWhenTheAgentAnswers() throws Exception {
        StubAgent stub = agent();
        GuestSession session = stub.session(1);
        heard.of(session.start(ID, sh("yes & while :; do echo x >> alive; sleep 0.01; done"), heard));
        await().until(() -> Files.exists(stub.root.resolve("alive")));
        signal("STOP");
        session.abandon(ID);
        signal("CONT");

        await().until(() -> stub.process.children().findAny().isEmpty());
        session.close();
        await().until(() -> {
            GuestSession next = stub.session(1);
            boolean forgotten = next.known().isEmpty();
            next.close();
            return forgotten;
        });
        assertThat(heard.ended).as("its caller has left").isNotDone();
    }

    @Test
    void anExecThatTheAgentNeverHeardOfIsNotStartedOnceItIsAbandoned() throws Exception {
        StubAgent stub = agent();
        GuestSession session = stub.session(1);
        assertThat(session.quiesce(Duration.ofSeconds(5))).isTrue(); // nothing goes out now
        session.start(ID, sh("touch ran"), heard);
        session.abandon(ID);
        session.thaw();

        assertThat(session.ping(Duration.ofSeconds(5))).isTrue();
        assertThat(session.ping(Duration.ofSeconds(5))).isTrue();
        assertThat(stub.root.resolve("ran")).doesNotExist();
    }

    @Test
    void aNewConnectionOpensWhatWasOpenAgain() throws Exception {
        StubAgent stub = agent();
        GuestSession session = stub.session(1);
        heard.of(session.start(ID, sh("until [ -e go ]; do sleep 0.01; done; echo done"), heard));
        await().until(() -> heard.started.isDone());
        session.renew();
        Files.createFile(stub.root.resolve("go"));

        assertThat(heard.exitCode()).isZero();
        assertThat(heard.stdout()).isEqualTo("done\n");
    }

    @Test
    void theTimeStoodStillIsAddedUp() throws Exception {
        GuestSession session = agent().session(1);
        assertThat(session.stoodStill()).isZero();
        assertThat(session.quiesce(Duration.ofSeconds(5))).isTrue();
        await().until(() -> session.stoodStill().compareTo(Duration.ofMillis(100)) > 0);
        session.thaw();
        Duration then = session.stoodStill();
        assertThat(then).isGreaterThan(Duration.ofMillis(100));
        assertThat(session.ping(Duration.ofSeconds(5))).isTrue();
        assertThat(session.stoodStill()).isEqualTo(then);
    }

    /// Root in the guest leaves half a frame in the agent's port: the next frame is taken for its rest, and lost.
    @Test
    void halfAFrameInThePortIsMendedByANewConnection() throws Exception {
        StubAgent stub = agent();
        try (Relay relay = new Relay(directory.resolve("relay"), stub::connect)) {
            GuestSession session =
                    GuestSession.open(relay::connect, new Hello("vm-silent", "silent", 1, Clock.systemUTC()), () -> {});
            assertThat(session.greeting(Deadline.after(Duration.ofSeconds(10)))).isEqualTo(Greeting.READY);
            heard.of(session.start(ID, sh("until [ -e go ]; do sleep 0.01; done; echo done"), heard));
            await().until(() -> heard.started.isDone());
            byte[] frame = FrameCodec.encode(1, 1, FrameType.OUTPUT, new byte[1000]);
            relay.inject(Arrays.copyOf(frame, FrameCodec.HEADER));
            Files.createFile(stub.root.resolve("go"));
            await().during(Duration.ofMillis(500)).until(() -> !heard.ended.isDone());
            assertThat(session.ping(Duration.ofMillis(200)))
                    .as("its answer is lost too")
                    .isFalse();

            session.renew();
            assertThat(heard.exitCode()).isZero();
            assertThat(heard.stdout()).isEqualTo("done\n");
            session.close();
        }
    }
}
