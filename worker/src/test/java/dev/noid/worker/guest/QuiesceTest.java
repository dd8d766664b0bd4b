package dev.noid.worker.guest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.noid.schema.ExecId;
import dev.noid.schema.job.JobSpec;
import dev.noid.schema.record.Stream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// A guest that stands still, and one that becomes another, with the real agent and real processes.
@Timeout(60)
class QuiesceTest {
    private static final Duration WITHIN = Duration.ofSeconds(5);
    private static final Duration WHILE = Duration.ofMillis(300);
    private static final ExecId ID = new ExecId("job-still", 1);
    private static final String BOOT = "0c5c7f3e-5a0c-4b52-9a3b-0d8c7b1f2a11";
    private static final String COUNT = "while :; do echo x >> count; done";

    @TempDir
    Path directory;

    private @Nullable StubAgent agent;
    private final HeardExec heard = new HeardExec();

    @AfterEach
    void stop() throws Exception {
        if (agent != null) {
            agent.end();
        }
    }

    private StubAgent agent(String... more) throws Exception {
        StubAgent started = new StubAgent(directory, more);
        agent = started;
        return started;
    }

    private static JobSpec.Exec sh(String script, long timeoutMillis) {
        return new JobSpec.Exec(
                List.of("/bin/sh", "-c", script), Map.of(), null, null, null, true, timeoutMillis, 0, 1 << 20, false);
    }

    private static Identity identity() {
        byte[] seed = new byte[64];
        return new Identity("other", BOOT, null, true, seed);
    }

    private GuestExec start(GuestSession session, String script) {
        GuestExec exec = session.start(ID, sh(script, 0), heard);
        heard.of(exec);
        return exec;
    }

    /// One letter: R runs, S sleeps, T is stopped.
    private static char state(ProcessHandle process) {
        try {
            String stat = Files.readString(Path.of("/proc/" + process.pid() + "/stat"));
            return stat.charAt(stat.lastIndexOf(')') + 2);
        } catch (IOException gone) {
            return 'X';
        }
    }

    private static long size(Path file) {
        try {
            return Files.size(file);
        } catch (IOException notYet) {
            return 0;
        }
    }

    @Test
    void aProcessThatCountsStandsStillAndGoesOn() throws Exception {
        StubAgent stub = agent();
        GuestSession session = stub.session(1);
        start(session, "(setsid sh -c 'sleep 600; :' &) ; " + COUNT);
        Path count = stub.root.resolve("count");
        await().until(() -> size(count) > 0);

        assertThat(session.quiesce(WITHIN)).isTrue();
        assertThat(session.frozen()).isTrue();
        long then = size(count);
        assertThat(stub.process.descendants())
                .as("the daemon and its sleep too")
                .hasSizeGreaterThanOrEqualTo(3)
                .allMatch(process -> state(process) == 'T');
        await().during(WHILE).until(() -> size(count) == then);

        session.thaw();
        await().until(() -> size(count) > then);
        assertThat(session.frozen()).isFalse();
        assertThat(session.ping(WITHIN)).isTrue();
    }

    @Test
    void quiescingTwiceIsQuiescedAndAGuestWithoutExecsCanBeToo() throws Exception {
        GuestSession session = agent().session(1);
        assertThat(session.quiesce(WITHIN)).isTrue();
        assertThat(session.quiesce(WITHIN)).isTrue();
        session.thaw();
        assertThat(session.ping(WITHIN)).isTrue();
    }

    @Test
    void quiescedIsTheLastFrameAndOnlyThawEndsTheSilence() throws Exception {
        RawHost host = new RawHost(agent().connect());
        host.hello();
        host.send(1, FrameType.EXEC, execPayload("while :; do echo 0123456789; done"));
        host.next(FrameType.OUTPUT);
        host.send(0, FrameType.QUIESCE, new PayloadWriter().u32(5000));
        host.next(FrameType.QUIESCED);
        host.send(0, FrameType.PING, new PayloadWriter().u64(7));
        host.send(2, FrameType.EXEC, execPayload("echo never"));
        host.send(1, FrameType.SIGNAL, new PayloadWriter().u32(9));
        assertThat(host.silentFor(WHILE)).isTrue();
        host.send(0, FrameType.THAW, new PayloadWriter().u64(0));
        assertThat(host.next().type()).isEqualTo(FrameType.THAWED);
        assertThat(host.next().type()).isEqualTo(FrameType.OUTPUT);
    }

    private static PayloadWriter execPayload(String script) {
        return new PayloadWriter()
                .u64(0)
                .u32(0)
                .u8(0)
                .string("job-" + script.hashCode() + ".1")
                .strings(List.of("/bin/sh", "-c", script))
                .strings(List.of())
                .string("")
                .string("");
    }

    @Test
    void whatIsSentWhileStillArrivesAfterTheThaw() throws Exception {
        StubAgent stub = agent();
        GuestSession session = stub.session(1);
        assertThat(session.quiesce(WITHIN)).isTrue();
        GuestExec exec = start(session, "cat > copy; echo done");
        exec.stdin(0, "input".getBytes(StandardCharsets.UTF_8));
        exec.stdinEof(5);
        await().during(WHILE).until(() -> !heard.started.isDone() && !Files.exists(stub.root.resolve("copy")));
        session.thaw();
        assertThat(heard.exitCode()).isZero();
        assertThat(heard.stdout()).isEqualTo("done\n");
        assertThat(stub.root.resolve("copy")).hasContent("input");
    }

    @Test
    void theTimeStoodStillCountsForNoTimeout() throws Exception {
        Duration timeout = Duration.ofSeconds(2);
        StubAgent stub = agent();
        GuestSession session = stub.session(1);
        long begin = System.nanoTime();
        heard.of(session.start(ID, sh("exec sleep 600", timeout.toMillis()), heard));
        heard.started.get(5, TimeUnit.SECONDS);
        assertThat(session.quiesce(WITHIN)).isTrue();
        Duration ran = Duration.ofNanos(System.nanoTime() - begin);
        await().during(timeout.plusMillis(200))
                .until(() -> stub.process.children().allMatch(p -> state(p) == 'T'));
        long thawed = System.nanoTime();
        session.thaw();
        GuestExit exit = heard.exit();
        assertThat(exit.why()).isEqualTo(GuestExit.Why.TIMEOUT);
        assertThat(Duration.ofNanos(System.nanoTime() - thawed)).isGreaterThanOrEqualTo(timeout.minus(ran));
    }

    @Test
    void aReinitialisedGuestHasNoExecsAndWhatTheyStillWriteIsLog() throws Exception {
        StubAgent stub = agent();
        GuestSession first = stub.session(1);
        start(first, "echo before; while [ ! -e go ]; do sleep 0.02; done; echo late; exec sleep 600");
        await().until(() -> heard.stdout().equals("before\n"));
        assertThat(first.quiesce(WITHIN)).isTrue();
        first.close();

        GuestSession session = stub.session(2);
        Map<String, String> inherited = new HashMap<>();
        session.onLog((exec, stream, bytes) ->
                inherited.merge(exec + " " + stream, new String(bytes, StandardCharsets.UTF_8), String::concat));
        assertThat(session.frozen()).isTrue();
        assertThat(session.known()).containsExactly(ID);
        assertThat(session.reinit(identity(), WITHIN)).isTrue();
        assertThat(session.bootId()).isEqualTo(BOOT);
        assertThat(session.known()).isEmpty();
        assertThat(session.frozen()).isTrue();
        session.thaw();
        Files.createFile(stub.root.resolve("go"));
        HeardExec anew = new HeardExec();
        anew.of(session.start(ID, sh("echo anew", 0), anew));
        assertThat(anew.exitCode()).isZero();
        assertThat(anew.stdout()).isEqualTo("anew\n");
        await().until(() -> "late\n".equals(inherited.get(ID + " " + Stream.STDOUT)));
        assertThat(heard.stdout()).isEqualTo("before\n");
        assertThat(heard.ended).isNotDone();
    }

    @Test
    void theHandlesOfItsExecsHearNothingMore() throws Exception {
        GuestSession session = agent().session(1);
        GuestExec exec = start(session, "while :; do echo x; done");
        await().until(() -> !heard.stdout().isEmpty());
        assertThat(session.quiesce(WITHIN)).isTrue();
        assertThat(session.reinit(identity(), WITHIN)).isTrue();
        int then = heard.stdoutBytes().length;
        session.thaw();
        exec.kill(Duration.ZERO);
        exec.acknowledge(Stream.STDOUT, then);
        assertThat(session.ping(WITHIN)).isTrue();
        assertThat(heard.stdoutBytes()).hasSize(then);
        assertThat(heard.ended).isNotDone();
        assertThat(heard.gone).isNotDone();
        HeardExec other = new HeardExec();
        session.attach(ID, other);
        assertThat(other.refused.get(5, TimeUnit.SECONDS)).startsWith("UNKNOWN_EXEC");
    }

    @Test
    void inheritedExecsTakeNoPlaceInTheTable() throws Exception {
        StubAgent stub = agent();
        GuestSession session = stub.session(1);
        List<HeardExec> all = new ArrayList<>();
        for (int i = 0; i < AgentFrame.EXECS_MOST; i++) {
            HeardExec each = new HeardExec();
            JobSpec.Exec sleep =
                    new JobSpec.Exec(List.of("sleep", "600"), Map.of(), null, null, null, false, 0, 0, 0, false);
            each.of(session.start(new ExecId("job-many", i + 1), sleep, each));
            all.add(each);
        }
        for (HeardExec each : all) {
            each.started.get(20, TimeUnit.SECONDS);
        }
        start(session, "echo one too many");
        assertThat(heard.refused.get(5, TimeUnit.SECONDS)).startsWith("TABLE_FULL");
        assertThat(session.quiesce(WITHIN)).isTrue();
        assertThat(session.reinit(identity(), WITHIN)).isTrue();
        session.thaw();
        HeardExec next = new HeardExec();
        next.of(session.start(ID, sh("echo room", 0), next));
        assertThat(next.exitCode()).isZero();
        assertThat(stub.process.children()).hasSize(AgentFrame.EXECS_MOST);
    }

    @Test
    void aLostSessionLeavesItStillAndTheNextOneSeesThat() throws Exception {
        StubAgent stub = agent();
        GuestSession first = stub.session(1);
        start(first, COUNT);
        Path count = stub.root.resolve("count");
        await().until(() -> size(count) > 0);
        assertThat(first.quiesce(WITHIN)).isTrue();
        first.close();

        GuestSession second = stub.session(1);
        assertThat(second.frozen()).isTrue();
        HeardExec again = new HeardExec();
        again.of(second.attach(ID, again));
        await().during(WHILE).until(() -> !again.started.isDone());
        long then = size(count);
        second.thaw();
        again.started.get(5, TimeUnit.SECONDS);
        await().until(() -> size(count) > then);
    }

    @Test
    void aStillGuestShutsDownWhenAsked() throws Exception {
        StubAgent stub = agent();
        GuestSession session = stub.session(1);
        start(session, "trap 'echo bye; exit 3' TERM; while :; do sleep 0.02; done");
        await().until(() -> stub.process.descendants().count() > 1);
        assertThat(session.quiesce(WITHIN)).isTrue();
        session.shutdown(Duration.ofSeconds(5));
        assertThat(stub.process.waitFor(10, TimeUnit.SECONDS)).isTrue();
        assertThat(stub.process.exitValue()).isZero();
        assertThat(heard.exitCode()).isEqualTo(3);
    }

    @Test
    void oneStartedStillIsMadeAnotherFirst() throws Exception {
        GuestSession session = agent("--quiesced").session(7);
        assertThat(session.frozen()).isTrue();
        assertThat(session.reinit(identity(), WITHIN)).isTrue();
        session.thaw();
        start(session, "echo up");
        assertThat(heard.exitCode()).isZero();
    }

    @Test
    void onlyAStillGuestIsReinitialised() throws Exception {
        GuestSession session = agent().session(1);
        String boot = session.bootId();
        assertThat(session.reinit(identity(), WITHIN)).isFalse();
        assertThat(session.bootId()).isEqualTo(boot);
        assertThat(session.ping(WITHIN)).isTrue();
    }

    @Test
    void thawAndQuiesceAtOnceKeepTheirOrder() throws Exception {
        StubAgent stub = agent();
        GuestSession session = stub.session(1);
        start(session, COUNT);
        Path count = stub.root.resolve("count");
        await().until(() -> size(count) > 0);
        for (int i = 0; i < 50; i++) {
            assertThat(session.quiesce(WITHIN)).isTrue();
            assertThat(stub.process.descendants()).allMatch(process -> state(process) == 'T');
            session.thaw();
        }
        long then = size(count);
        await().until(() -> size(count) > then);
    }
}
