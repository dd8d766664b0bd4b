package dev.noid.worker.vm;

import static dev.noid.worker.vm.StubHost.said;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.noid.worker.guest.GuestExit;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class WarmPoolTest {
    private final StubHost host;
    private final WarmPool pool;

    WarmPoolTest(@TempDir Path data) throws Exception {
        host = new StubHost(data);
        pool = pool(1, 200);
        pool.start();
    }

    private WarmPool pool(int size, int memoryMib) {
        return new WarmPool(
                new PoolVms(host.engine, host.directories, host.images, host.vms), host.templates, size, memoryMib);
    }

    @AfterEach
    void nothingIsLeft() throws IOException {
        pool.close();
        for (VmDirectory directory : host.directories.all()) {
            host.life.erase(directory.vm(), LiveVm.Fate.DESTROYED, () -> {});
        }
        assertThat(host.processes()).isEmpty();
        assertThat(host.directories.pooled()).isEmpty();
    }

    /// The first of its shape, with a template.
    private LiveVm first(String vm, int memoryMib) {
        LiveVm live = host.booted(vm, memoryMib);
        host.templates.make(live, () -> false, new Timing(System::nanoTime));
        pool.used(live.record());
        return live;
    }

    private LiveVm taken(String vm, int memoryMib) {
        return await().atMost(Duration.ofSeconds(20))
                .until(() -> pool.take(host.record(vm, memoryMib)), java.util.Optional::isPresent)
                .orElseThrow();
    }

    @Test
    void whoCreatesOneLikeItGetsOneThatRunsAndIsFoundAgain() throws Exception {
        first("vm-1", 64);
        LiveVm given = taken("vm-2", 64);

        assertThat(said(given, "pwd")).contains("/vms/vm-2/layers/");
        assertThat(said(given, "echo 5 > mem; cat mem")).isEqualTo("5\n");
        assertThat(given.record().vm()).isEqualTo("vm-2");
        assertThat(given.record().step()).isEqualTo(VmRecord.Step.RUNNING);
        assertThat(host.vms.find("vm-2", 1)).contains(given);
        long pid = given.machine().pid();
        host.forget(given);
        LiveVm found = StubHost.ok(host.life.adopt(host.directories.of("vm-2"))).orElseThrow();
        assertThat(found.machine().pid()).isEqualTo(pid);
        assertThat(said(found, "cat mem")).isEqualTo("5\n");
    }

    @Test
    void oneThatDiedWhileItWaitedIsNotGivenAndKeepsNobodyWaiting() throws Exception {
        first("vm-1", 64);
        await().until(() -> pool.ready() == 1);
        long first = host.vms.find("vm-1").orElseThrow().machine().pid();
        for (long pid : host.processes()) {
            if (pid != first) {
                ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
            }
        }
        Path run = host.directories.pooled().getFirst().home().run(1);
        await().until(() -> !Files.exists(run));

        long began = System.nanoTime();
        assertThat(pool.take(host.record("vm-2", 64))).isEmpty();
        assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(5));
        host.life.erase("vm-2", LiveVm.Fate.DESTROYED, () -> {});
        assertThat(host.vms.find("vm-2")).isEmpty();
    }

    @Test
    void anImageWithoutTheUsualProgramsIsNoReasonForNoTemplate() {
        ExerciseEnd lacks = new ExerciseEnd();
        lacks.ended(new GuestExit.NotStarted(GuestExit.Stage.EXEC, 2));
        ExerciseEnd noMemory = new ExerciseEnd();
        noMemory.ended(new GuestExit.NotStarted(GuestExit.Stage.RESOURCES, 12));

        assertThat(lacks.within(Duration.ZERO)).isTrue();
        assertThat(noMemory.within(Duration.ZERO)).isFalse();
    }

    @Test
    void ofTheTemplatesUsedLastAsManyAsTheMemoryAllows() {
        first("vm-1", 100);
        await().until(() -> pool.ready() == 1);
        first("vm-2", 110);
        // 210 is too much, and the one used last stays.
        await().untilAsserted(() -> assertThat(host.directories.pooled())
                .extracting(directory -> directory
                        .read()
                        .map(record -> record.shape().memoryMib())
                        .orElse(0))
                .containsExactly(110));
    }

    @Test
    void whatAWorkerThatWasKilledHadReadyIsEndedAtTheNextStart() throws Exception {
        first("vm-1", 64);
        await().until(() -> pool.ready() == 1);
        WarmPool next = pool(0, 0);
        next.start();

        assertThat(host.directories.pooled()).isEmpty();
        assertThat(host.processes())
                .containsExactly(host.vms.find("vm-1").orElseThrow().machine().pid());
    }
}
