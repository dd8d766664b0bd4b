package dev.noid.worker.engine.stub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.noid.schema.Deadline;
import dev.noid.schema.ExecId;
import dev.noid.schema.job.JobSpec;
import dev.noid.worker.engine.Boot;
import dev.noid.worker.engine.EngineContractTest;
import dev.noid.worker.engine.EngineKind;
import dev.noid.worker.engine.EngineResult;
import dev.noid.worker.engine.Machine;
import dev.noid.worker.engine.VmHome;
import dev.noid.worker.guest.HeardExec;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class StubEngineTest extends EngineContractTest {
    @Override
    protected EngineKind kind() {
        return new StubKind(data);
    }

    @Test
    void whatOutlivedItsVmIsNotTakenForIt() throws Exception {
        VmHome home = new VmHome("vm-orphans", Files.createDirectories(data.resolve("vms/vm-orphans")));
        Boot boot = new Boot("vm-orphans", data, new JobSpec.Shape(64, 1, 64), 1, List.of());
        Deadline deadline = Deadline.after(Duration.ofSeconds(20));
        assertThat(engine().prepare(home, boot, deadline)).isInstanceOf(EngineResult.Ok.class);
        EngineResult<Machine> started = engine().start(home, boot, deadline);
        Machine machine = ((EngineResult.Ok<Machine>) started).value();
        HeardExec heard = new HeardExec();
        JobSpec.Exec sleep = new JobSpec.Exec(
                List.of("/bin/sh", "-c", "echo $$; sleep 600"), Map.of(), null, null, null, false, 0, 0, 0, false);
        heard.of(machine.guest().start(new ExecId("job-orphan", 1), sleep, heard));
        await().until(() -> heard.stdout().endsWith("\n"));
        machine.close();
        ProcessHandle.of(machine.pid()).orElseThrow().destroyForcibly();
        await().until(() ->
                ProcessHandle.of(machine.pid()).filter(ProcessHandle::isAlive).isEmpty());

        EngineResult<Optional<Machine>> adopted = engine().adopt(home, boot, deadline);
        assertThat(adopted).isEqualTo(new EngineResult.Ok<>(Optional.empty()));
        long orphan = Long.parseLong(heard.stdout().strip());
        await().until(() ->
                ProcessHandle.of(orphan).filter(ProcessHandle::isAlive).isEmpty());
    }
}
