package dev.noid.worker.engine.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.noid.schema.Deadline;
import dev.noid.schema.job.JobError;
import dev.noid.schema.job.JobSpec;
import dev.noid.worker.engine.Boot;
import dev.noid.worker.engine.Engine;
import dev.noid.worker.engine.EngineContractTest;
import dev.noid.worker.engine.EngineResult;
import dev.noid.worker.engine.VmHome;
import dev.noid.worker.host.VmUser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class QemuEngineTest extends EngineContractTest {
    @Override
    protected QemuKind kind() throws IOException {
        return QemuKind.on(data);
    }

    @Test
    void aVmmThatCannotStartIsQuoted() throws Exception {
        VmHome home = new VmHome("vm-bad", Files.createDirectories(data.resolve("vms/vm-bad")));
        Boot boot = new Boot("vm-bad", image(), new JobSpec.Shape(256, 1, 512), 1, List.of());
        Engine engine = engine();
        List<String> layers = ok(engine.prepare(home, boot, Deadline.after(Duration.ofSeconds(20))))
                .layers();
        Files.writeString(home.layers().resolve(layers.getLast()), "no disk at all");
        assertThat(engine.start(home, boot.withLayers(layers), Deadline.after(Duration.ofSeconds(20))))
                .isInstanceOfSatisfying(EngineResult.Failed.class, failed -> {
                    assertThat(failed.error().code()).isEqualTo("vmm_ended");
                    assertThat(failed.error().message()).contains("qcow2");
                });
        assertThat(home.run(1)).doesNotExist();
        assertThat(leftovers(home, 1)).noneMatch(Files::exists);
    }

    @Test
    void aDiskSmallerThanTheImageIsTheUsersMistake() throws Exception {
        VmHome home = new VmHome("vm-small", Files.createDirectories(data.resolve("vms/vm-small")));
        Boot boot = new Boot("vm-small", image(), new JobSpec.Shape(256, 1, 16), 1, List.of());
        assertThat(engine().prepare(home, boot, Deadline.after(Duration.ofSeconds(20))))
                .isInstanceOfSatisfying(EngineResult.Failed.class, failed -> {
                    assertThat(failed.error().fault()).isEqualTo(JobError.Fault.USER);
                    assertThat(failed.error().hint()).contains("64 MiB");
                });
    }

    /// Attack H3: strong inside, and walls outside.
    @Test
    void theVmmIsPartedFromTheRestOfTheHost() throws Exception {
        assumeTrue(kind().config().root(), "only root gives a VMM a user and namespaces of its own");
        assumeTrue(kind().config().walls().prefix().contains("unshare"), "this host lets nobody make namespaces");
        Path proc = Path.of("/proc", Long.toString(machine.pid()));
        for (String namespace : List.of("net", "mnt", "ipc", "uts")) {
            assertThat(Files.readSymbolicLink(proc.resolve("ns").resolve(namespace)))
                    .as(namespace)
                    .isNotEqualTo(Files.readSymbolicLink(Path.of("/proc/self/ns", namespace)));
        }
        assertThat(Files.readString(proc.resolve("status")))
                .contains("CapEff:\t0000000000000000", "CapBnd:\t0000000000000000", "NoNewPrivs:\t1", "Seccomp:\t2")
                .doesNotContain("Uid:\t0", "Gid:\t0");
        assertThat(Files.readString(proc.resolve("oom_score_adj"))).isEqualTo("500\n");
        assertThat(Files.readString(proc.resolve("limits")))
                .containsPattern("Max open files +1024 +1024")
                .containsPattern("Max processes +512 +512")
                .containsPattern("Max core file size +0 +0");
    }

    @Test
    void memoryOfVmsThatAreGoneIsSwept() throws Exception {
        Path memory =
                kind().config().memory().make(VmUser.of("left", kind().config().root()));
        Path gone = Files.createFile(memory.resolve("vm-gone.3"));
        kind().engine().sweep(java.util.Set.of("vm-shared"));
        assertThat(gone).doesNotExist();
        assertThat(memory.resolve("vm-shared.1")).exists();
    }
}
