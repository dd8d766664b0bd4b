package dev.noid.worker.engine.qemu;

import dev.noid.schema.Deadline;
import dev.noid.schema.Ids;
import dev.noid.schema.job.JobError;
import dev.noid.worker.engine.Boot;
import dev.noid.worker.engine.Engine;
import dev.noid.worker.engine.EngineResult;
import dev.noid.worker.engine.Fingerprint;
import dev.noid.worker.engine.Machine;
import dev.noid.worker.engine.MemoryBase;
import dev.noid.worker.engine.PausedMachine.Saved;
import dev.noid.worker.engine.SavedVm;
import dev.noid.worker.engine.VmHome;
import dev.noid.worker.engine.VmmProcesses;
import dev.noid.worker.guest.Identity;
import dev.noid.worker.host.SparseFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// VMs under QEMU. With KVM they are isolated; with its software emulation nothing is promised.
public final class QemuEngine implements Engine {
    private static final Logger log = LoggerFactory.getLogger(QemuEngine.class);

    /// To read some GiB from a slow disk.
    private static final Duration CHECK = Duration.ofSeconds(60);

    private static final long MIB = 1024 * 1024;

    private final QemuHost host;
    private final QemuFingerprint fingerprint;
    private final VmmProcesses processes;
    private final BuildProbe builds;

    public QemuEngine(QemuConfig config, Accelerator accelerator, InstantSource clock) {
        SparseFiles sparse = new SparseFiles();
        this.host = new QemuHost(
                config,
                accelerator,
                new MemoryFiles(config.memory(), sparse),
                new QemuLayers(config, sparse, new Ids(clock)),
                sparse,
                new Checksums(sparse));
        this.fingerprint = new QemuFingerprint(config, accelerator);
        this.processes = new VmmProcesses(clock);
        this.builds = new BuildProbe(host, processes);
    }

    @Override
    public String name() {
        return "qemu";
    }

    @Override
    public String isolation() {
        return host.accelerator().isolation();
    }

    @Override
    public String accelerator() {
        return host.accelerator().toString();
    }

    @Override
    public OptionalLong memoryBytes() {
        try {
            return OptionalLong.of(host.memory().room().together());
        } catch (IOException failed) {
            log.warn("memory not looked at", failed);
            return OptionalLong.empty();
        }
    }

    @Override
    public EngineResult<Disk> prepare(VmHome home, Boot boot, Deadline deadline) {
        return host.layers().make(home, boot);
    }

    @Override
    public EngineResult<Machine> start(VmHome home, Boot boot, Deadline deadline) {
        return processes.start(plan(home, boot, false), deadline);
    }

    @Override
    public EngineResult<Optional<Machine>> adopt(VmHome home, Boot boot, Deadline deadline) {
        return processes.adopt(plan(home, boot, false), deadline);
    }

    @Override
    public Fingerprint fingerprint(Boot boot) {
        return fingerprint.of(boot);
    }

    @Override
    public Optional<JobError> check(Path saved, Boot boot) {
        Fingerprint here = fingerprint(boot);
        Optional<String> other = otherBuild(saved, here);
        Fingerprint wanted = other.map(here::withVmm).orElse(here);
        Optional<JobError> problem = new QemuSaved(saved, host.checksums()).check(wanted, Deadline.after(CHECK));
        return problem.isPresent() || other.isEmpty() ? problem : builds.refuses(other.get(), here.vmm(), saved, boot);
    }

    /// Another build of the series here, which may have saved what can be loaded here all the same.
    private static Optional<String> otherBuild(Path saved, Fingerprint here) {
        try {
            return SavedVm.read(saved)
                    .map(vm -> vm.fingerprint().vmm())
                    .filter(was -> !was.equals(here.vmm()) && QemuBuild.sameSeries(was, here.vmm()));
        } catch (IOException _) {
            return Optional.empty(); // Its check says so.
        }
    }

    @Override
    public EngineResult<Disk> addLayer(VmHome home, Boot boot, Deadline deadline) {
        return host.layers().add(home, boot);
    }

    @Override
    public MemoryBase base(Path directory, Path saved, Boot boot, Deadline deadline) {
        return new LinkedMemory(host.sparse()).of(saved, directory, boot.shape().memoryMib() * MIB, deadline);
    }

    @Override
    public EngineResult<Saved> seal(Path directory, Saved saved, Deadline deadline) {
        return new QemuSaved(directory, host.checksums()).seal(saved, host.sparse(), deadline);
    }

    @Override
    public EngineResult<Disk> load(VmHome home, Boot boot, Path saved, Deadline deadline) {
        EngineResult<Disk> loaded = new QemuPlacement(host, home, boot, with -> processes.ahead(plan(home, with, true)))
                .run(saved, deadline);
        if (loaded instanceof EngineResult.Failed<Disk>) {
            processes.kill(plan(home, boot, true));
        }
        return loaded;
    }

    @Override
    public EngineResult<Machine> restore(VmHome home, Boot boot, Identity identity, Deadline deadline) {
        return processes.restore(plan(home, boot, true), identity, deadline);
    }

    @Override
    public void discard(VmHome home, Boot boot) {
        kill(home, boot);
    }

    @Override
    public void kill(VmHome home, Boot boot) {
        processes.kill(plan(home, boot, false));
    }

    /// Removes the memory of VMs that are not among these: what a worker that died left of VMs whose directory
    /// is gone. Ends what it had loaded only to see whether that works.
    public void sweep(Set<String> vms) throws IOException {
        builds.sweep();
        host.memory().sweep(vm -> !vms.contains(vm));
    }

    private QemuPlan plan(VmHome home, Boot boot, boolean incoming) {
        return new QemuPlan(home, boot, host, incoming);
    }
}
