package dev.noid.system;

import static org.assertj.core.api.Assertions.assertThat;

import dev.noid.worker.CrashPoint;
import java.io.IOException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// A checkpoint, a restore and a fork of real VMs that somebody cancels. Up to its commit the VM is what it was
/// and nothing of the job is left; after that it is too late, and it is done. Not where a VMM starts: a worker
/// can't be held there, so either may come first.
class CancelTest {
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
        "CHECKPOINT_AFTER_CLAIM,   cancelled",
        "CHECKPOINT_AFTER_LAYER,   cancelled",
        "CHECKPOINT_AFTER_PAUSE,   cancelled",
        "CHECKPOINT_AFTER_SAVE,    cancelled",
        "CHECKPOINT_AFTER_RESUME,  cancelled",
        "CHECKPOINT_AFTER_MANIFEST, succeeded",
        "RESTORE_AFTER_CLAIM,      cancelled",
        "RESTORE_AFTER_LOAD,       cancelled",
        "RESTORE_AFTER_KEEP,       cancelled",
        "RESTORE_BEFORE_COMMIT,    succeeded",
        "RESTORE_AFTER_COMMIT,     succeeded",
        "FORK_AFTER_LOAD,          cancelled",
        "FORK_AFTER_REINIT,        cancelled",
        "FORK_AFTER_THAW,          cancelled",
    })
    void what_is_cancelled_there_leaves_the_vm_as_it_was_or_is_done(CrashPoint point, String state) throws Exception {
        assertThat(faults.cancelled(point)).isEqualTo(state);
    }
}
