package dev.noid.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.noid.worker.CrashPoint;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Worker or VMM die at every point of a checkpoint, a restore and a fork; broker and database go away in the
/// middle of one. The points are an enum; one that is never hit fails here. Real VMs are in
/// [CheckpointFaultQemuTest].
class CheckpointFaultTest {
    private static final Duration AWAY = Duration.ofSeconds(12);
    private static final Duration NOT_PAUSED_FOR_LONGER_THAN = Duration.ofSeconds(10);

    private static CheckpointFaults faults;

    @BeforeAll
    static void up() throws IOException {
        faults = new CheckpointFaults("stub");
    }

    @AfterAll
    static void down() {
        faults.close();
    }

    static Stream<Arguments> deaths() {
        return CheckpointFaults.points().flatMap(point -> Stream.of(CheckpointFaults.Victim.values())
                .map(victim -> Arguments.of(victim, point)));
    }

    @ParameterizedTest
    @MethodSource("deaths")
    void a_death_there_leaves_the_vm_running_or_failed_and_nothing_half(
            CheckpointFaults.Victim victim, CrashPoint point) throws Exception {
        faults.killed(victim, point);
    }

    /// The file changes while the guest is not paused; it lies on this host, as the stub's disk does. A stub that was
    /// put back has no processes, but there must be one of it.
    @ParameterizedTest
    @ValueSource(strings = {"CHECKPOINT_AFTER_PAUSE", "RESTORE_BEFORE_COMMIT", "FORK_AFTER_REINIT"})
    void with_broker_and_database_away_in_the_middle_the_vm_runs_on_and_the_job_ends_afterwards(CrashPoint point)
            throws Exception {
        List<String> parts = List.of("broker", "postgres");
        try {
            faults.away(point, _ -> parts.forEach(faults.stack::freeze), home -> {
                Instant since = Instant.now();
                await().pollDelay(AWAY).atMost(AWAY.plusSeconds(5)).until(() -> true);
                if (point == CrashPoint.RESTORE_BEFORE_COMMIT) {
                    assertThat(CheckpointFaults.vmms(home)).hasSize(1);
                } else {
                    assertThat(lastTick(home)).isAfter(since.plus(NOT_PAUSED_FOR_LONGER_THAN));
                }
                parts.forEach(faults.stack::thaw);
            });
        } finally {
            parts.forEach(faults.stack::thaw);
        }
    }

    @Test
    void a_restore_that_a_worker_left_waits_until_it_is_known_which_vmm_is_the_vm() throws Exception {
        faults.silentForTheNextWorker(CrashPoint.RESTORE_BEFORE_COMMIT);
    }

    private static Instant lastTick(Path home) throws IOException {
        try (Stream<Path> files = Files.walk(home)) {
            return files.filter(file -> file.endsWith("tick"))
                    .map(file -> file.toFile().lastModified())
                    .map(FileTime::fromMillis)
                    .map(FileTime::toInstant)
                    .max(Instant::compareTo)
                    .orElseThrow();
        }
    }
}
