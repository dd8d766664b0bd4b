package dev.noid.worker.engine.qemu;

import dev.noid.schema.Deadline;
import dev.noid.worker.engine.Boot;
import dev.noid.worker.engine.Engine;
import dev.noid.worker.engine.EngineResult;
import dev.noid.worker.engine.Machine;
import dev.noid.worker.engine.VmHome;
import dev.noid.worker.engine.VmmProcesses;
import java.io.IOException;
import java.time.InstantSource;
import java.util.Optional;
import java.util.Set;

/// VMs under QEMU. With KVM they are isolated; with its software emulation nothing is promised.
public final class QemuEngine implements Engine {
    private final QemuConfig config;
    private final Accelerator accelerator;
    private final VmmProcesses processes;

    public QemuEngine(QemuConfig config, Accelerator accelerator, InstantSource clock) {
        this.config = config;
        this.accelerator = accelerator;
        this.processes = new VmmProcesses(clock);
    }

    @Override
    public String name() {
        return "qemu";
    }

    @Override
    public String isolation() {
        return accelerator.isolation();
    }

    @Override
    public String accelerator() {
        return accelerator.toString();
    }

    @Override
    public EngineResult<Disk> prepare(VmHome home, Boot boot, Deadline deadline) {
        return new QemuDisk(config).make(home, boot, deadline);
    }

    @Override
    public EngineResult<Machine> start(VmHome home, Boot boot, Deadline deadline) {
        return processes.start(plan(home, boot), deadline);
    }

    @Override
    public EngineResult<Optional<Machine>> adopt(VmHome home, Boot boot, Deadline deadline) {
        return processes.adopt(plan(home, boot), deadline);
    }

    @Override
    public void kill(VmHome home, Boot boot) {
        processes.kill(plan(home, boot));
    }

    /// Removes the memory of VMs that are not among these: what a worker that died left of VMs whose directory is gone.
    public void sweep(Set<String> vms) throws IOException {
        new MemoryFiles(config.memory()).sweep(vm -> !vms.contains(vm));
    }

    private QemuPlan plan(VmHome home, Boot boot) {
        return new QemuPlan(home, boot, config, accelerator);
    }
}
