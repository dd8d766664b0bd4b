package dev.noid.worker.engine.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.noid.worker.engine.GuestFiles;
import dev.noid.worker.host.DetachedProcess;
import dev.noid.worker.host.Walls;
import dev.noid.worker.host.ffi.Flock;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AcceleratorProbeTest {
    @TempDir
    Path data;

    private QemuConfig config() throws IOException {
        return QemuConfig.of(data, Path.of("/dev/shm"));
    }

    @Test
    void isTcgAtOnceWithoutKvmAndThatIsNotWorthRemembering() throws Exception {
        Path verdict = data.resolve("accelerator");
        AcceleratorProbe probe = new AcceleratorProbe(config(), data.resolve("no-kvm"), verdict, Clock.systemUTC());
        assertThat(probe.choose(data)).isEqualTo(Accelerator.TCG);
        assertThat(verdict).doesNotExist();
    }

    @Test
    void endsWhatAWorkerThatDiedWhileItAskedLeftRunning() throws Exception {
        Path run = Files.createDirectories(data.resolve("probe/run-1"));
        Path lock = data.resolve("probe/run-1.lock");
        Flock flock = new Flock();
        DetachedProcess left = DetachedProcess.start(
                new DetachedProcess.Traces(lock, data.resolve("probe/run-1.log"), data.resolve("probe/run-1.pid")),
                run,
                List.of(),
                List.of("sleep", "600"),
                flock);
        await().until(() -> flock.held(lock));
        QemuConfig none = new QemuConfig(
                "no-such-qemu", "no-such-qemu-img", data, MemoryDirectory.of(data, data), false, new Walls(List.of()));
        AcceleratorProbe probe = new AcceleratorProbe(none, data.resolve("accelerator"), Clock.systemUTC());

        assertThat(probe.probe(data, "this host")).isEqualTo(Accelerator.TCG);
        assertThat(left.alive()).isFalse();
        assertThat(data.resolve("probe")).doesNotExist();
    }

    /// A file in the place of /dev/kvm: it is there and can be opened, and what then happens is up to the host's real
    /// one.
    @Test
    void asksTheHostOnceAndRemembers() throws Exception {
        Path verdict = data.resolve("accelerator");
        Path kvm = Files.createFile(data.resolve("kvm"));
        Path image = GuestFiles.image();
        AcceleratorProbe first = new AcceleratorProbe(config(), kvm, verdict, Clock.systemUTC());
        Accelerator chosen = first.choose(image);
        assertThat(verdict).content().endsWith("\n" + chosen + "\n");
        assertThat(data.resolve("probe")).doesNotExist();
        assertThat(config().memory().path()).doesNotExist();

        AcceleratorProbe second = new AcceleratorProbe(config(), kvm, verdict, Clock.systemUTC());
        assertThat(second.choose(data.resolve("no-image-is-needed"))).isEqualTo(chosen);

        Files.writeString(verdict, "another kernel | another CPU | another QEMU\nkvm\n");
        assertThat(second.choose(image)).as("a verdict of another host is none").isEqualTo(chosen);
    }
}
