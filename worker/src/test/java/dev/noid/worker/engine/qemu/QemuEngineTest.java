package dev.noid.worker.engine.qemu;

import static org.assertj.core.api.Assertions.assertThat;

import dev.noid.schema.Deadline;
import dev.noid.schema.job.JobError;
import dev.noid.schema.job.JobSpec;
import dev.noid.worker.engine.Boot;
import dev.noid.worker.engine.Engine;
import dev.noid.worker.engine.EngineContractTest;
import dev.noid.worker.engine.EngineResult;
import dev.noid.worker.engine.VmHome;
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

    @Test
    void memoryOfVmsThatAreGoneIsSwept() throws Exception {
        Path memory = Files.createDirectories(kind().config().memory());
        Path gone = Files.createFile(memory.resolve("vm-gone.3"));
        kind().engine().sweep(java.util.Set.of("vm-shared"));
        assertThat(gone).doesNotExist();
        assertThat(memory.resolve("vm-shared.1")).exists();
    }
}
