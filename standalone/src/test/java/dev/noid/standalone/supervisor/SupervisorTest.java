package dev.noid.standalone.supervisor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.noid.schema.Deadline;
import dev.noid.standalone.process.ProcessId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The supervisor with real, cheap processes.
class SupervisorTest {
    private static final Backoff QUICK =
            new Backoff(Duration.ofMillis(20), Duration.ofMillis(200), Duration.ofSeconds(10));
    private static final Part.Liveness ALIVE = Part.Liveness.of(_ -> true);
    private static final String SERVE = "echo ready; exec sleep 600";

    private final Path directory;
    private StateFile state;
    private Supervisor supervisor;

    SupervisorTest(@TempDir Path directory) {
        this.directory = directory;
        this.state = state(List.of());
        this.supervisor = new Supervisor(List.of(), state, logs(), QUICK);
    }

    @AfterEach
    void stop() {
        supervisor.close();
    }

    @Test
    void aPartThatIsKilledRunsAgainWithinTwoSeconds() throws Exception {
        start(Backoff.USUAL, part("a", SERVE), part("b", SERVE));
        ProcessId first = running("a");
        ProcessId other = running("b");
        first.signal("KILL");
        await().atMost(Duration.ofSeconds(2))
                .untilAsserted(() -> assertThat(running("a")).isNotEqualTo(first));
        assertThat(running("b")).isEqualTo(other);
    }

    /// Attack E1: only a death was noticed.
    @Test
    void aPartThatHangsIsEndedAndRunsAgainAndStatusSaysWhy() throws Exception {
        Path beat = Files.createFile(directory.resolve("beat"));
        Part.Liveness liveness = quick(_ -> touchedLately(beat));
        start(QUICK, part("a", "echo ready; while :; do touch '" + beat + "'; sleep 0.05; done", liveness));
        ProcessId first = running("a");
        first.signal("STOP");
        await().atMost(Duration.ofSeconds(10))
                .untilAsserted(() -> assertThat(running("a")).isNotEqualTo(first));
        assertThat(first.alive()).isFalse();
        assertThat(status("a").lastEnd()).contains("did not answer");
    }

    @Test
    void aPartThatAnswersAgainInTimeGoesOn() throws Exception {
        AtomicInteger asked = new AtomicInteger();
        // Never three in a row.
        start(QUICK, part("a", SERVE, quick(_ -> asked.incrementAndGet() % 3 == 0)));
        ProcessId first = running("a");
        await().atMost(Duration.ofSeconds(10)).until(() -> asked.get() > 9);
        assertThat(running("a")).isEqualTo(first);
    }

    private static Part.Liveness quick(Part.Check check) {
        return new Part.Liveness(check, Duration.ofMillis(200), Duration.ofSeconds(1), 3);
    }

    private static boolean touchedLately(Path file) {
        try {
            return Files.getLastModifiedTime(file)
                    .toInstant()
                    .isAfter(Instant.now().minusMillis(500));
        } catch (IOException e) {
            return false;
        }
    }

    @Test
    void partsKilledTogetherAllComeBack() throws Exception {
        start(Backoff.USUAL, part("a", SERVE), part("b", SERVE), part("c", SERVE));
        List<ProcessId> before = List.of(running("a"), running("b"), running("c"));
        before.forEach(id -> id.signal("KILL"));
        await().atMost(Duration.ofSeconds(2))
                .untilAsserted(() -> assertThat(List.of(running("a"), running("b"), running("c")))
                        .doesNotContainAnyElementsOf(before));
    }

    @Test
    void partsStopInReverseOrder() throws Exception {
        Path order = directory.resolve("order");
        start(
                QUICK,
                saysWhenItStops("first", order),
                saysWhenItStops("second", order),
                saysWhenItStops("third", order));
        supervisor.close();
        assertThat(Files.readAllLines(order)).containsExactly("third", "second", "first");
        assertThat(state.state().parts()).allMatch(part -> part.state() == PartState.STOPPED && part.pid() == null);
    }

    @Test
    void partsOfOneStageStopTogether() throws Exception {
        Path a = directory.resolve("a-asked");
        Path b = directory.resolve("b-asked");
        // Each ends once the other was asked too.
        startStages(QUICK, List.of(List.of(endsAfter("a", a, b), endsAfter("b", b, a))));
        supervisor.close();
        assertThat(Path.of(a + "-done")).exists();
        assertThat(Path.of(b + "-done")).exists();
    }

    private static Part endsAfter(String name, Path own, Path other) {
        String script = "trap 'touch " + own + "; until [ -e " + other + " ]; do sleep 0.01; done; touch " + own
                + "-done; exit 0' TERM; echo ready; while :; do sleep 0.02; done";
        return new Part(
                name,
                0,
                () -> new ProcessBuilder("sh", "-c", script),
                new ReadyLine(),
                ALIVE,
                "TERM",
                Duration.ofSeconds(20));
    }

    @Test
    void aPartThatIgnoresTheSignalIsKilled() throws Exception {
        start(QUICK, part("deaf", "trap '' TERM; echo ready; while :; do sleep 0.1; done"));
        ProcessId deaf = running("deaf");
        supervisor.close();
        assertThat(deaf.alive()).isFalse();
    }

    @Test
    void aPartThatNeverServesFailsTheStartAndSaysItsLastLines() throws Exception {
        start(QUICK, part("broken", "echo no such disk >&2; exit 1"));
        var failure = supervisor.awaitStarted(Deadline.after(Duration.ofSeconds(10)));
        assertThat(failure).hasValueSatisfying(failed -> {
            assertThat(failed.part()).isEqualTo("broken");
            assertThat(failed.why()).contains("3 tries");
        });
        assertThat(logs().lastLines("broken", 2)).containsExactly("no such disk", "no such disk");
        assertThat(status("broken").state()).isEqualTo(PartState.FAILED);
    }

    @Test
    void aPartThatRefusesItsConfigurationIsNotTriedAgain() throws Exception {
        start(QUICK, part("refuses", "echo bad >&2; exit 2"));
        var failure = supervisor.awaitStarted(Deadline.after(Duration.ofSeconds(10)));
        assertThat(failure)
                .hasValueSatisfying(failed -> assertThat(failed.why()).contains("exit code 2"));
        assertThat(logs().lastLines("refuses", 9)).containsExactly("bad");
    }

    @Test
    void aPartThatRefusesItsDataIsNotTriedAgain() throws Exception {
        start(QUICK, part("refuses", "echo newer >&2; exit 78"));
        var failure = supervisor.awaitStarted(Deadline.after(Duration.ofSeconds(10)));
        assertThat(failure)
                .hasValueSatisfying(failed -> assertThat(failed.why()).contains("exit code 78"));
        assertThat(logs().lastLines("refuses", 9)).containsExactly("newer");
    }

    /// `-XX:+ExitOnOutOfMemoryError` is exit code 3.
    @Test
    void aPartThatRunsOutOfMemoryIsTriedAgain() throws Exception {
        Path once = directory.resolve("once");
        start(QUICK, part("hungry", "[ -e '" + once + "' ] || { touch '" + once + "'; exit 3; }; " + SERVE));
        assertThat(status("hungry").state()).isEqualTo(PartState.RUNNING);
    }

    @Test
    void aPartThatHasServedIsTriedAgainWhateverItSays() throws Exception {
        Path starts = directory.resolve("starts");
        String script = "echo x >> '" + starts + "'; [ $(wc -l < '" + starts + "') -ne 2 ] || exit 78; echo ready";
        start(QUICK, part("moody", script));
        await().atMost(Duration.ofSeconds(10))
                .untilAsserted(() -> assertThat(Files.readAllLines(starts)).hasSizeGreaterThan(3));
        assertThat(status("moody").state()).isNotEqualTo(PartState.FAILED);
    }

    @Test
    void aPartThatDiesAgainAndAgainAfterItsFirstStartIsTriedForEver() throws Exception {
        Path starts = directory.resolve("starts");
        start(QUICK, part("loops", "echo x >> '" + starts + "'; echo ready"));
        await().atMost(Duration.ofSeconds(10))
                .untilAsserted(() -> assertThat(Files.readAllLines(starts)).hasSizeGreaterThan(5));
        assertThat(status("loops").state()).isNotEqualTo(PartState.FAILED);
    }

    @Test
    void theWaitGrowsToItsBound() {
        assertThat(List.of(1, 2, 3, 4, 5, 6, 60).stream().map(Backoff.USUAL::delay))
                .extracting(Duration::toMillis)
                .containsExactly(200L, 400L, 800L, 1600L, 3200L, 5000L, 5000L);
    }

    @Test
    void aLogIsBoundedWhileItsPartGoesOnWriting() throws Exception {
        PartLogs small = new PartLogs(directory, 1000);
        start(QUICK, part("chatty", "echo ready; while :; do echo 0123456789012345678901234567890123456789 >&2; done"));
        await().atMost(Duration.ofSeconds(5)).until(() -> Files.size(small.file("chatty")) > 2000);
        small.bound("chatty");
        long bounded = Files.size(directory.resolve("chatty.log.1"));
        assertThat(bounded).isGreaterThan(1000);
        await().atMost(Duration.ofSeconds(5)).until(() -> Files.size(small.file("chatty")) > 100);
        assertThat(small.lastLines("chatty", 3).getFirst()).doesNotContain("\0");
    }

    @Test
    void theStateFileTellsWhatRuns() throws Exception {
        start(QUICK, part("a", SERVE));
        StackState read = StateFile.read(directory.resolve("state.json")).orElseThrow();
        assertThat(read).isEqualTo(state.state());
        assertThat(read.parts().getFirst().process()).contains(running("a"));
    }

    private void start(Backoff backoff, Part... parts) throws InterruptedException {
        startStages(backoff, Arrays.stream(parts).map(List::of).toList());
    }

    private void startStages(Backoff backoff, List<List<Part>> stages) throws InterruptedException {
        state = state(stages.stream().flatMap(List::stream).toList());
        supervisor = new Supervisor(stages, state, logs(), backoff);
        supervisor.start();
        supervisor.awaitStarted(Deadline.after(Duration.ofSeconds(10)));
    }

    private StateFile state(List<Part> parts) {
        List<PartStatus> starting = parts.stream()
                .map(part -> new PartStatus(part.name(), null, null, 0, PartState.STARTING, Instant.now(), null))
                .toList();
        return StateFile.create(
                directory.resolve("state.json"),
                new StackState("http://127.0.0.1:1", 1, 1, Instant.now(), 0, starting));
    }

    private PartLogs logs() {
        return new PartLogs(directory, 1 << 20);
    }

    private static Part part(String name, String script) {
        return part(name, script, ALIVE);
    }

    private static Part part(String name, String script, Part.Liveness liveness) {
        return new Part(
                name,
                0,
                () -> new ProcessBuilder("sh", "-c", script),
                new ReadyLine(),
                liveness,
                "TERM",
                Duration.ofSeconds(1));
    }

    private static Part saysWhenItStops(String name, Path file) {
        return part(
                name,
                "trap 'echo " + name + " >> \"" + file + "\"; exit 0' TERM; echo ready; while :; do sleep 0.05; done");
    }

    private ProcessId running(String name) {
        PartStatus status = status(name);
        assertThat(status.state()).isEqualTo(PartState.RUNNING);
        return status.process().orElseThrow();
    }

    private PartStatus status(String name) {
        return state.state().parts().stream()
                .filter(part -> part.name().equals(name))
                .findFirst()
                .orElseThrow();
    }
}
