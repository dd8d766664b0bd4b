package dev.noid.worker.vm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class VmsTest {
    private final Vms vms = new Vms();

    @Test
    void oneAtATimeChangesAVmAndNoLockOutlivesItsUse() throws InterruptedException {
        AtomicInteger inside = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            String vm = "vm-" + i % 3;
            threads.add(Thread.startVirtualThread(() -> vms.locked("vm-0", () -> {
                most.accumulateAndGet(inside.incrementAndGet(), Math::max);
                return inside.decrementAndGet();
            })));
            threads.add(Thread.startVirtualThread(() -> vms.locked(vm, () -> "")));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(most).hasValue(1);
        assertThat(vms.lockedNow()).isZero();
    }

    @Test
    void whoWaitsGetsTheLockOfWhoHoldsIt() {
        CountDownLatch done = new CountDownLatch(1);
        AtomicInteger second = new AtomicInteger();
        Thread holder = Thread.startVirtualThread(() -> vms.locked("vm-1", () -> {
            awaitQuietly(done);
            return "";
        }));
        await().until(() -> vms.lockedNow() == 1);
        Thread waiter = Thread.startVirtualThread(() -> vms.locked("vm-1", second::incrementAndGet));
        await().until(() -> waiter.getState() == Thread.State.WAITING);
        assertThat(second).hasValue(0);

        done.countDown();
        await().until(() -> second.get() == 1 && vms.lockedNow() == 0);
        assertThat(holder.isAlive()).isFalse();
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
