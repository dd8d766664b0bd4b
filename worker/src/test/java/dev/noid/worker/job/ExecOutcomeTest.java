package dev.noid.worker.job;

import static org.assertj.core.api.Assertions.assertThat;

import dev.noid.schema.job.JobSpec;
import dev.noid.schema.job.JobState;
import dev.noid.schema.job.Outcome;
import dev.noid.schema.vm.VmDesired;
import dev.noid.schema.vm.VmObserved;
import dev.noid.worker.guest.ExecListener;
import dev.noid.worker.guest.GuestExit;
import dev.noid.worker.guest.GuestExit.Stage;
import dev.noid.worker.guest.GuestExit.Why;
import dev.noid.worker.store.VmRow;
import dev.noid.worker.vm.LiveVm.Fate;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ExecOutcomeTest {
    private static final Duration RAN = Duration.ofMillis(1500);

    private JobSpec.Exec spec = exec(List.of("nosuch", "-x"), null, null);
    private boolean overLimit;
    private Fate fate = Fate.RUNS;
    private boolean rerun;

    @Test
    void anExitOfZeroSucceeds() {
        Outcome outcome = of(exited(0, Why.BY_ITSELF));

        assertEnds(outcome, JobState.SUCCEEDED, null);
        assertThat(outcome.exec()).isNotNull();
        assertThat(Objects.requireNonNull(outcome.exec()).exitCode()).isZero();
        assertThat(Objects.requireNonNull(outcome.exec()).runMillis()).isEqualTo(1500);
        assertThat(Objects.requireNonNull(outcome.exec()).stdoutBytes()).isEqualTo(10);
    }

    @Test
    void anotherCodeOrASignalFails() {
        assertEnds(of(exited(7, Why.BY_ITSELF)), JobState.FAILED, "exit_code");
        Outcome killed = of(signalled(9, Why.BY_ITSELF));
        assertEnds(killed, JobState.FAILED, "exit_signal");
        assertThat(Objects.requireNonNull(killed.exec()).signal()).isEqualTo("KILL");
    }

    /// Field case 19.
    @Test
    void whatWasKilledForMemorySaysSoBesideItsSignalOrCode() {
        Outcome killed = of(signalled(9, Why.OUT_OF_MEMORY));
        assertEnds(killed, JobState.FAILED, "out_of_memory");
        assertThat(Objects.requireNonNull(killed.exec()).signal()).isEqualTo("KILL");
        Outcome child = of(exited(137, Why.OUT_OF_MEMORY));
        assertEnds(child, JobState.FAILED, "out_of_memory");
        assertThat(Objects.requireNonNull(child.exec()).exitCode()).isEqualTo(137);
    }

    @Test
    void timeoutAndCancelAreTold() {
        assertEnds(of(signalled(15, Why.TIMEOUT)), JobState.TIMED_OUT, "timeout");
        assertEnds(of(signalled(15, Why.KILLED)), JobState.CANCELLED, "cancelled");
    }

    @Test
    void anExitThatWasFasterThanTheCancelIsNotLost() {
        assertEnds(of(exited(0, Why.BY_ITSELF)), JobState.SUCCEEDED, null);
    }

    @Test
    void outputOverTheLimitFailsWhateverTheExit() {
        overLimit = true;
        assertEnds(of(signalled(9, Why.KILLED)), JobState.FAILED, "output_limit");
        assertEnds(of(exited(0, Why.BY_ITSELF)), JobState.FAILED, "output_limit");
    }

    @Test
    void aProgramThatCouldNotBeRunSaysWhy() {
        assertNeverRan(Stage.EXEC, 2, "command_not_found", 127);
        assertNeverRan(Stage.EXEC, 13, "command_not_executable", 126);
        assertNeverRan(Stage.EXEC, 8, "command_not_executable", 126);
        assertNeverRan(Stage.EXEC, 7, "command_too_long", 126);
        assertNeverRan(Stage.USER, 2, "bad_user", 126);
        assertNeverRan(Stage.CWD, 2, "bad_cwd", 126);
        assertNeverRan(Stage.RESOURCES, 11, "guest_resources", 126);
    }

    @Test
    void whatCouldNotBeRunIsNamedAndAWayOutToo() {
        assertSays(Stage.EXEC, 2, "'nosuch'", "PATH");
        assertSays(Stage.EXEC, 13, "'nosuch'", "execute");
        spec = exec(List.of("echo a | cat"), null, null);
        assertSays(Stage.EXEC, 2, "'echo a | cat'", "sh -c");
        spec = exec(List.of("x".repeat(300)), null, null);
        assertSays(Stage.EXEC, 2, "'" + "x".repeat(200) + "…'", "PATH");
        spec = exec(List.of("true"), "/nowhere", "nobody");
        assertSays(Stage.USER, 2, "'nobody'", "user");
        assertSays(Stage.CWD, 2, "'/nowhere'", "cwd");
    }

    private void assertSays(Stage stage, int errno, String name, String hint) {
        Outcome outcome = of(new ExecEnd.Exit(new GuestExit.NotStarted(stage, errno)));
        assertThat(Objects.requireNonNull(outcome.error()).message()).contains(name);
        assertThat(Objects.requireNonNull(outcome.error()).hint()).contains(hint);
    }

    private static JobSpec.Exec exec(List<String> argv, @Nullable String cwd, @Nullable String user) {
        return new JobSpec.Exec(argv, Map.of(), cwd, user, null, false, 0, 0, 1, false);
    }

    @Test
    void aVmThatDiesLosesIt() {
        assertEnds(of(new ExecEnd.VmEnded(Fate.RUNS, "killed")), JobState.LOST, "vm_died");
        assertEnds(of(new ExecEnd.OtherGuest()), JobState.LOST, "vm_died");
    }

    @Test
    void aVmThatNoidStoppedOrDestroyedCancelsIt() {
        assertEnds(of(new ExecEnd.VmEnded(Fate.STOPPED, null)), JobState.CANCELLED, "vm_stopped");
        assertEnds(of(new ExecEnd.VmEnded(Fate.DESTROYED, null)), JobState.CANCELLED, "vm_destroyed");
        fate = Fate.STOPPED;
        assertEnds(of(signalled(15, Why.BY_ITSELF)), JobState.CANCELLED, "vm_stopped");
        assertEnds(of(exited(0, Why.BY_ITSELF)), JobState.SUCCEEDED, null);
        assertEnds(of(new ExecEnd.Refused(ExecListener.Refusal.SHUTTING_DOWN, "")), JobState.CANCELLED, "vm_stopped");
    }

    @Test
    void aVmThatEndedUnwatchedLosesItUnlessNoidEndedIt() {
        assertEnds(gone(VmDesired.DESTROYED, VmObserved.RUNNING, null, 1), JobState.CANCELLED, "vm_destroyed");
        assertEnds(gone(VmDesired.DESTROYED, VmObserved.FAILED, "unseen", 1), JobState.CANCELLED, "vm_destroyed");
        assertEnds(gone(VmDesired.STOPPED, VmObserved.STOPPING, null, 1), JobState.CANCELLED, "vm_stopped");
        assertEnds(gone(VmDesired.STOPPED, VmObserved.STOPPED, null, 1), JobState.CANCELLED, "vm_stopped");
        assertEnds(gone(VmDesired.STOPPED, VmObserved.STOPPED, "the guest shut down", 1), JobState.LOST, "vm_died");
        assertEnds(gone(VmDesired.STOPPED, VmObserved.FAILED, "killed", 1), JobState.LOST, "vm_died");
        assertEnds(gone(VmDesired.RUNNING, VmObserved.RUNNING, null, 2), JobState.LOST, "vm_died");
    }

    @Test
    void whatNeverBeganIsNotLost() {
        VmRow stopped = row(VmDesired.STOPPED, VmObserved.STOPPED, null, 1);
        assertEnds(outcomes().notRunning(stopped), JobState.FAILED, "vm_not_running");
        VmRow destroyed = row(VmDesired.DESTROYED, VmObserved.RUNNING, null, 1);
        assertEnds(outcomes().notRunning(destroyed), JobState.CANCELLED, "vm_destroyed");
    }

    @Test
    void whatWasCancelledBeforeTheGuestHeardOfItIsNotLost() {
        assertEnds(of(new ExecEnd.NeverBegan()), JobState.CANCELLED, "cancelled");
    }

    @Test
    void whatMayRunAgainDoes() {
        rerun = true;
        assertEnds(of(new ExecEnd.OtherGuest()), JobState.RETRY_WAIT, "vm_died");
    }

    @Test
    void aRefusalIsNoRun() {
        assertEnds(of(new ExecEnd.Refused(ExecListener.Refusal.TABLE_FULL, "")), JobState.FAILED, "too_many_execs");
        assertEnds(of(new ExecEnd.Refused(ExecListener.Refusal.BAD_REQUEST, "x")), JobState.FAILED, "bad_request");
    }

    private void assertNeverRan(Stage stage, int errno, String code, int exitCode) {
        Outcome outcome = of(new ExecEnd.Exit(new GuestExit.NotStarted(stage, errno)));
        assertEnds(outcome, JobState.FAILED, code);
        assertThat(Objects.requireNonNull(outcome.exec()).exitCode()).isEqualTo(exitCode);
    }

    private static void assertEnds(Outcome outcome, JobState state, @Nullable String code) {
        assertThat(outcome.state()).isEqualTo(state);
        if (code == null) {
            assertThat(outcome.error()).isNull();
        } else {
            assertThat(Objects.requireNonNull(outcome.error()).code()).isEqualTo(code);
        }
    }

    private Outcome of(ExecEnd end) {
        return outcomes().of(end);
    }

    private static VmRow row(VmDesired desired, VmObserved observed, @Nullable String reason, long generation) {
        JobSpec.Shape shape = new JobSpec.Shape(128, 1, 512);
        return new VmRow("vm-1", "t", "web", generation, desired, observed, reason, "h", "i", shape, 3, "b");
    }

    private Outcome gone(VmDesired desired, VmObserved observed, @Nullable String reason, long generation) {
        return outcomes().vmGone(row(desired, observed, reason, generation), 1);
    }

    private ExecOutcome outcomes() {
        return new ExecOutcome(spec, overLimit, fate, 10, 0, 3, 99, rerun, Map.of());
    }

    private static ExecEnd exited(int code, Why why) {
        return new ExecEnd.Exit(new GuestExit.Exited(code, why, 10, 0, RAN));
    }

    private static ExecEnd signalled(int signal, Why why) {
        return new ExecEnd.Exit(new GuestExit.Signalled(signal, why, 10, 0, RAN));
    }
}
