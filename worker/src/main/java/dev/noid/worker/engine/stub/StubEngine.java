package dev.noid.worker.engine.stub;

import dev.noid.schema.Deadline;
import dev.noid.schema.job.JobError;
import dev.noid.worker.engine.Boot;
import dev.noid.worker.engine.Engine;
import dev.noid.worker.engine.EngineResult;
import dev.noid.worker.engine.Machine;
import dev.noid.worker.engine.VmHome;
import dev.noid.worker.engine.VmmProcesses;
import dev.noid.worker.host.FileTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Optional;

/// No VM: the guest's agent as an ordinary process with a directory. It can be killed and adopted like a VM, which is
/// what tests
/// of the rest need. It isolates nothing.
public final class StubEngine implements Engine {
    private final Path agent;
    private final VmmProcesses processes;

    /// @param agent the `noid-agent` binary
    public StubEngine(Path agent, InstantSource clock) {
        this.agent = agent.toAbsolutePath();
        this.processes = new VmmProcesses(clock);
    }

    @Override
    public String name() {
        return "stub";
    }

    @Override
    public String isolation() {
        return "none";
    }

    @Override
    public String accelerator() {
        return "process";
    }

    @Override
    public EngineResult<Disk> prepare(VmHome home, Boot boot, Deadline deadline) {
        try {
            FileTree.remove(home.layers());
            Files.createDirectories(StubPlan.disk(home));
            return new EngineResult.Ok<>(new Disk(0));
        } catch (IOException failed) {
            return new EngineResult.Failed<>(
                    JobError.host("host_files", "the VM's disk could not be made: " + failed.getMessage()), true);
        }
    }

    @Override
    public EngineResult<Machine> start(VmHome home, Boot boot, Deadline deadline) {
        return processes.start(new StubPlan(home, boot, agent), deadline);
    }

    @Override
    public EngineResult<Optional<Machine>> adopt(VmHome home, Boot boot, Deadline deadline) {
        return processes.adopt(new StubPlan(home, boot, agent), deadline);
    }

    @Override
    public void kill(VmHome home, Boot boot) {
        processes.kill(new StubPlan(home, boot, agent));
    }
}
