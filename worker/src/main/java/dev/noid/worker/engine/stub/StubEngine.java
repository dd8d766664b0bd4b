package dev.noid.worker.engine.stub;

import dev.noid.schema.Deadline;
import dev.noid.schema.job.JobError;
import dev.noid.worker.engine.Boot;
import dev.noid.worker.engine.Engine;
import dev.noid.worker.engine.EngineResult;
import dev.noid.worker.engine.Fingerprint;
import dev.noid.worker.engine.Machine;
import dev.noid.worker.engine.PausedMachine;
import dev.noid.worker.engine.VmHome;
import dev.noid.worker.engine.VmmProcesses;
import dev.noid.worker.guest.Identity;
import dev.noid.worker.host.FileTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/// No VM: the guest's agent as an ordinary process with a directory for its disk and a file for its memory. It can be
/// killed, adopted, saved and restored like a VM, which is what tests of the rest need. Processes are not in what is
/// saved: a restored stub begins without any. It isolates nothing.
public final class StubEngine implements Engine {
    private static final String FIRST_LAYER = "root";

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

    /// The directory below `layers/` that is the disk.
    static String layer(Boot boot) {
        return boot.layers().isEmpty() ? FIRST_LAYER : boot.layers().getLast();
    }

    private StubPlan plan(VmHome home, Boot boot) {
        return new StubPlan(home, boot, agent, false);
    }

    @Override
    public EngineResult<Disk> prepare(VmHome home, Boot boot, Deadline deadline) {
        try {
            FileTree.remove(home.layers());
            Files.createDirectories(home.layers().resolve(FIRST_LAYER));
            return new EngineResult.Ok<>(new Disk(0, List.of(FIRST_LAYER)));
        } catch (IOException failed) {
            return StubSaved.failed("the VM's disk could not be made", failed);
        }
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
    public Fingerprint fingerprint(Boot boot) {
        Map<String, String> parts = new LinkedHashMap<>();
        parts.put("vmm", "stub 1");
        parts.put("image", String.valueOf(boot.image().getFileName()));
        parts.put("memory", boot.shape().memoryMib() + " MiB");
        parts.put("cpus", Integer.toString(boot.shape().cpus()));
        return new Fingerprint(parts);
    }

    @Override
    public Optional<JobError> check(Path saved, Boot boot) {
        return new StubSaved(saved).check(fingerprint(boot));
    }

    /// A directory has no layers: the saved one is a copy, and the VM goes on in its own.
    @Override
    public EngineResult<Disk> addLayer(VmHome home, Boot boot, Deadline deadline) {
        return new EngineResult.Ok<>(new Disk(0, List.of(layer(boot))));
    }

    @Override
    public EngineResult<PausedMachine.Saved> seal(Path directory, PausedMachine.Saved saved, Deadline deadline) {
        return new StubSaved(directory).seal(saved);
    }

    @Override
    public EngineResult<Disk> load(VmHome home, Boot boot, Path saved, Deadline deadline) {
        Optional<JobError> problem = check(saved, boot);
        if (problem.isPresent()) {
            return new EngineResult.Failed<>(problem.get(), false);
        }
        String fresh = "root-" + UUID.randomUUID();
        try {
            new StubSaved(saved).place(plan(home, boot.withLayers(List.of(fresh))));
            return new EngineResult.Ok<>(new Disk(0, List.of(fresh)));
        } catch (IOException failed) {
            return StubSaved.failed("the saved VM could not be put in place", failed);
        }
    }

    @Override
    public EngineResult<Machine> restore(VmHome home, Boot boot, Identity identity, Deadline deadline) {
        return processes.restore(new StubPlan(home, boot, agent, true), identity, deadline);
    }

    @Override
    public void discard(VmHome home, Boot boot) {
        processes.kill(plan(home, boot));
    }

    @Override
    public void kill(VmHome home, Boot boot) {
        processes.kill(plan(home, boot));
    }
}
