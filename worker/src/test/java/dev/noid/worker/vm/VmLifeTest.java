package dev.noid.worker.vm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.noid.schema.ExecId;
import dev.noid.schema.job.JobSpec;
import dev.noid.schema.record.Output;
import dev.noid.schema.record.Stream;
import dev.noid.schema.vm.VmDesired;
import dev.noid.schema.vm.VmObserved;
import dev.noid.worker.CrashPoints;
import dev.noid.worker.guest.LogListener;
import dev.noid.worker.store.VmRow;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What becomes of a VM on a host whose disk takes no more, where `vm.json` can't be written; and of its log.
class VmLifeTest {
    private static final VmRow ROW = new VmRow(
            "vm-1",
            "tenant-1",
            "web",
            1,
            VmDesired.RUNNING,
            VmObserved.STARTING,
            null,
            "host-1",
            "sha256:" + "0".repeat(64),
            new JobSpec.Shape(128, 1, 512),
            3,
            null);
    private static final ExecId ATTEMPT = new ExecId("job-1", 1);

    private final FakeEngine engine = new FakeEngine();
    private final Vms vms = new Vms();
    private final VmDirectory directory;
    private final CountDownLatch broker = new CountDownLatch(1);
    private final CountDownLatch sent = new CountDownLatch(3);
    private final VmLogs logs = new VmLogs(this::send, Duration.ofMillis(1));
    private final VmLife life;

    VmLifeTest(@TempDir Path data) {
        VmDirectories directories = new VmDirectories(data);
        this.directory = directories.of("vm-1");
        this.life = new VmLife(engine, directories, new Images(data), vms, logs, new CrashPoints(Optional.empty()));
    }

    private void send(int partition, Output output, Runnable safe) {
        try {
            broker.await();
            sent.countDown();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private VmRecord started() {
        VmRecord record = life.makeDirectory(ROW, ATTEMPT);
        life.start(record);
        assertThat(vms.find("vm-1")).isPresent();
        return record;
    }

    /// Root may write everywhere, so the way is barred by a directory in the place of the file.
    private void fillDisk() throws IOException {
        Files.createDirectory(directory.home().directory().resolve("vm.json.new"));
    }

    @Test
    void itCanBeDestroyedWhichMakesRoom() throws IOException {
        started();
        fillDisk();
        life.erase("vm-1", LiveVm.Fate.DESTROYED, () -> {});

        assertThat(engine.machine.ended).isDone();
        assertThat(directory.exists()).isFalse();
        assertThat(vms.find("vm-1")).isEmpty();
    }

    /// What it writes while the files are removed would be a file more, and the removal fail.
    @Test
    void itsLogWritesNothingOnceItIsBeingRemovedThoughItIsStillSent() throws Exception {
        LogListener log = logs.of(directory, started());
        for (int i = 0; i < 3; i++) {
            log.log(ATTEMPT, Stream.STDOUT, new byte[64 << 10]);
        }
        life.erase("vm-1", LiveVm.Fate.DESTROYED, () -> {});
        assertThat(directory.exists()).isFalse();

        directory.make();
        log.log(ATTEMPT, Stream.STDOUT, new byte[1]);
        broker.countDown();
        assertThat(sent.await(10, TimeUnit.SECONDS)).isTrue();
        assertThat(directory.home().directory()).isEmptyDirectory();
    }

    @Test
    void itCanBeStopped() throws IOException {
        started();
        fillDisk();

        assertThat(life.stop(ROW, ATTEMPT, Duration.ofSeconds(1))).isEqualTo(VmLife.Stopped.KILLED);
        assertThat(engine.machine.ended).isDone();
    }

    /// A worker that died while a template was made of a VM left a guest that is the template's twin, and the next
    /// one took it for the VM.
    @Test
    void whatIsTheTwinOfATemplateIsNobodyForTheNextWorker() {
        started();
        LiveVm live = vms.find("vm-1").orElseThrow();
        life.rehearses(live, false);
        assertThat(foundByTheNext()).isFalse();
        life.rehearses(live, true);
        assertThat(foundByTheNext()).isTrue();
        // Nor what is being removed: it may have been such a one.
        directory.write(live.record().at(VmRecord.Step.REMOVE));
        assertThat(foundByTheNext()).isFalse();
    }

    private boolean foundByTheNext() {
        int before = engine.adopted;
        life.adopt(directory);
        return engine.adopted > before;
    }

    @Test
    void aStartThatCannotBeWrittenDownIsFoundByItsUndo() throws IOException {
        VmRecord record = life.makeDirectory(ROW, ATTEMPT);
        fillDisk();
        assertThatThrownBy(() -> life.start(record)).isInstanceOf(UncheckedIOException.class);

        life.undoStart(record);
        assertThat(vms.find("vm-1")).isEmpty();
        assertThat(engine.killed).as("looked for by its lock").isOne();
    }
}
