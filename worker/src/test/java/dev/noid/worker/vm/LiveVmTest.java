package dev.noid.worker.vm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.noid.worker.engine.Machine;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class LiveVmTest {
    private final List<String> heard = new ArrayList<>();
    private final LiveVm vm = new LiveVm(VmDirectoryTest.record(VmRecord.Step.RUNNING), new FakeMachine());
    private final Resident resident = new Resident() {
        @Override
        public void vmEnded(Machine.Ended ended, LiveVm.Fate fate) {
            heard.add("ended " + fate);
        }

        @Override
        public void vmUnseen() {
            heard.add("unseen");
        }
    };

    @Test
    void whatIsInItHearsOfItsEndOnceAndWhoComesLateAtOnce() {
        vm.enter(resident);
        vm.willBe(LiveVm.Fate.STOPPED);
        vm.hasEnded(new Machine.Ended(true, null));
        vm.hasEnded(new Machine.Ended(true, null));
        vm.enter(resident);

        assertThat(heard).containsExactly("ended STOPPED", "ended STOPPED");
    }

    @Test
    void whatIsInItIsLetGoWhenNobodyCanTellWhetherItRuns() {
        vm.enter(resident);
        vm.isUnseen();
        vm.enter(resident);

        assertThat(heard).containsExactly("unseen", "unseen");
    }

    @Test
    void whoLeftHearsNothing() {
        vm.enter(resident);
        vm.leave(resident);
        vm.isUnseen();
        vm.hasEnded(new Machine.Ended(true, null));

        assertThat(heard).isEmpty();
    }

    @Test
    void execsBeyondItsPlacesWaitAndTooManyComeAgain() throws InterruptedException {
        for (int i = 0; i < LiveVm.EXECS; i++) {
            assertThat(vm.enterExec()).isTrue();
        }
        List<Thread> waiting = new ArrayList<>();
        for (int i = 0; i < LiveVm.WAITING; i++) {
            Thread thread = Thread.ofVirtual().unstarted(() -> {
                try {
                    vm.enterExec();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            });
            waiting.add(thread);
            thread.start();
        }
        await().until(() -> waiting.stream().allMatch(thread -> thread.getState() == Thread.State.WAITING));
        assertThat(vm.enterExec()).isFalse();

        vm.leaveExec();
        await().until(() -> waiting.stream().filter(Thread::isAlive).count() == LiveVm.WAITING - 1);
        waiting.forEach(Thread::interrupt);
    }
}
