package dev.noid.system;

import dev.noid.worker.CrashPoint;
import java.io.IOException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The deaths of [CheckpointFaultTest] in the moments in which a real VM stands still, or two of its generations run.
class CheckpointFaultQemuTest {
    private static CheckpointFaults faults;

    @BeforeAll
    static void up() throws IOException {
        faults = new CheckpointFaults("qemu");
    }

    @AfterAll
    static void down() {
        faults.close();
    }

    @ParameterizedTest
    @CsvSource({
        "WORKER, CHECKPOINT_AFTER_PAUSE",
        "VMM,    CHECKPOINT_AFTER_SAVE",
        "WORKER, CHECKPOINT_AFTER_SAVE",
        "WORKER, RESTORE_AFTER_KEEP",
        "WORKER, RESTORE_BEFORE_COMMIT",
        "VMM,    RESTORE_BEFORE_COMMIT",
        "WORKER, RESTORE_AFTER_COMMIT",
    })
    void a_death_there_leaves_the_vm_running_or_failed_and_nothing_half(
            CheckpointFaults.Victim victim, CrashPoint point) throws Exception {
        faults.killed(victim, point);
    }
}
