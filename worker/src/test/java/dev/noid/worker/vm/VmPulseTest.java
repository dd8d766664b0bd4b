package dev.noid.worker.vm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.noid.schema.ExecId;
import dev.noid.schema.job.JobSpec;
import dev.noid.worker.guest.ExecListener;
import dev.noid.worker.guest.Guest;
import dev.noid.worker.guest.GuestExec;
import dev.noid.worker.guest.Identity;
import dev.noid.worker.guest.LogListener;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// When a VM is asked for a sign of life, connected to anew, called unresponsive and no longer so (attack H1), on a
/// clock that the test moves.
class VmPulseTest {
    private final FakeMachine machine = new FakeMachine();
    private final SilentGuest guest = new SilentGuest();
    private final Vms vms = new Vms();
    private final List<String> rows = new ArrayList<>();
    private long now = 1;
    private final String vm;
    private final VmPulse pulse = new VmPulse(vms, this::written, () -> now);

    VmPulseTest() {
        machine.guest = guest;
        VmRecord record = VmDirectoryTest.record(VmRecord.Step.RUNNING);
        vm = record.vm();
        vms.put(new LiveVm(record, machine));
        pulse.round();
    }

    private boolean written(String of, long generation, @Nullable Duration silent, @Nullable String reason) {
        rows.add((silent == null ? "answers" : "silent") + (reason == null ? "" : ", " + reason));
        return true;
    }

    /// Rounds as they come, while the guest says nothing.
    private void silentFor(Duration time) {
        for (Duration left = time; left.isPositive(); left = left.minus(VmPulse.EVERY)) {
            passes(VmPulse.EVERY);
            pulse.round();
        }
    }

    private void passes(Duration time) {
        now += time.toNanos();
        guest.silence = guest.silence.plus(time);
    }

    private void answers() {
        guest.silence = Duration.ZERO;
        passes(Duration.ofMillis(1));
        pulse.round();
    }

    @Test
    void aGuestThatAnswersIsAskedNowAndThenAndNothingIsWritten() {
        for (int i = 0; i < 100; i++) {
            int before = guest.prods;
            silentFor(VmPulse.QUIET.plus(VmPulse.EVERY));
            assertThat(guest.prods).isGreaterThan(before);
            answers();
        }
        assertThat(guest.renewals).isZero();
        assertThat(rows).isEmpty();
    }

    @Test
    void aSilentOneIsConnectedAnewOnceThenUnresponsiveAndNoLongerWhenItAnswers() {
        silentFor(VmPulse.RENEW.plus(VmPulse.EVERY));
        assertThat(guest.renewals).isEqualTo(1);
        assertThat(rows).isEmpty();
        silentFor(VmPulse.UNRESPONSIVE.multipliedBy(3));
        assertThat(guest.renewals).isEqualTo(1);
        assertThat(rows).containsExactly("silent");
        answers();
        assertThat(rows).containsExactly("silent", "answers");
        silentFor(VmPulse.UNRESPONSIVE.plus(VmPulse.EVERY.multipliedBy(2)));
        assertThat(rows).containsExactly("silent", "answers", "silent");
        assertThat(guest.renewals).isEqualTo(2);
    }

    @Test
    void oneThatStandsStillOrIsBeingChangedIsExpectedToSayNothing() {
        guest.frozen = true;
        silentFor(VmPulse.UNRESPONSIVE.multipliedBy(2));
        guest.frozen = false;
        vms.locked(vm, () -> {
            silentFor(VmPulse.UNRESPONSIVE.multipliedBy(2));
            return true;
        });
        silentFor(Duration.ofSeconds(10));
        assertThat(rows).isEmpty();
        assertThat(guest.renewals).isZero();
    }

    @Test
    void oneThatIsUnresponsiveStaysSoWhileSomebodyTriesToChangeIt() {
        silentFor(VmPulse.UNRESPONSIVE.multipliedBy(2));
        vms.locked(vm, () -> {
            silentFor(Duration.ofSeconds(10));
            return true;
        });
        assertThat(rows).containsExactly("silent");
    }

    @Test
    void aWorkerThatWasItselfStoppedBlamesNobody() {
        passes(Duration.ofMinutes(2));
        pulse.round();
        silentFor(Duration.ofSeconds(10));
        assertThat(rows).isEmpty();
    }

    /// Attack C2.
    @Test
    void whyItStandsStillIsWrittenAndTakenBack() {
        machine.stall = Optional.of("disk_full: no room");
        silentFor(VmPulse.UNRESPONSIVE.multipliedBy(2));
        assertThat(rows).containsExactly("answers, disk_full: no room");
        machine.stall = Optional.empty();
        answers();
        assertThat(rows).containsExactly("answers, disk_full: no room", "answers");
    }

    /// A guest of which only its silence is real.
    private static final class SilentGuest implements Guest {
        Duration silence = Duration.ZERO;
        boolean frozen;
        int prods;
        int renewals;

        @Override
        public Duration silence() {
            return silence;
        }

        @Override
        public void prod() {
            prods++;
        }

        @Override
        public void renew() {
            renewals++;
        }

        @Override
        public boolean frozen() {
            return frozen;
        }

        @Override
        public boolean heldUp() {
            return false;
        }

        @Override
        public Duration stoodStill() {
            return Duration.ZERO;
        }

        @Override
        public String bootId() {
            return "boot-1";
        }

        @Override
        public Set<ExecId> known() {
            return Set.of();
        }

        @Override
        public GuestExec start(ExecId id, JobSpec.Exec spec, ExecListener listener) {
            throw new UnsupportedOperationException();
        }

        @Override
        public GuestExec attach(ExecId id, ExecListener listener) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void forget(ExecId id) {}

        @Override
        public void abandon(ExecId id) {}

        @Override
        public boolean quiesce(Duration within) {
            return false;
        }

        @Override
        public void thaw() {}

        @Override
        public boolean reinit(Identity identity, Duration within) {
            return false;
        }

        @Override
        public void onLog(LogListener listener) {}

        @Override
        public boolean ping(Duration timeout) {
            return false;
        }

        @Override
        public void close() {}
    }
}
