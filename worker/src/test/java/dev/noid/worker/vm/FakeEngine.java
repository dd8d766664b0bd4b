package dev.noid.worker.vm;

import dev.noid.schema.Deadline;
import dev.noid.schema.job.JobError;
import dev.noid.worker.engine.Boot;
import dev.noid.worker.engine.Engine;
import dev.noid.worker.engine.EngineResult;
import dev.noid.worker.engine.Fingerprint;
import dev.noid.worker.engine.Machine;
import dev.noid.worker.engine.VmHome;
import dev.noid.worker.guest.Identity;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// Starts whatever it is asked to.
final class FakeEngine implements Engine {
    final FakeMachine machine = new FakeMachine();
    int killed;
    int adopted;

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
        return new EngineResult.Ok<>(new Disk(0, List.of()));
    }

    @Override
    public EngineResult<Machine> start(VmHome home, Boot boot, Deadline deadline) {
        return new EngineResult.Ok<>(machine);
    }

    @Override
    public EngineResult<Optional<Machine>> adopt(VmHome home, Boot boot, Deadline deadline) {
        adopted++;
        return new EngineResult.Ok<>(Optional.empty());
    }

    @Override
    public void kill(VmHome home, Boot boot) {
        killed++;
    }

    @Override
    public Fingerprint fingerprint(Boot boot) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Optional<JobError> check(Path saved, Boot boot) {
        throw new UnsupportedOperationException();
    }

    @Override
    public EngineResult<Disk> addLayer(VmHome home, Boot boot, Deadline deadline) {
        throw new UnsupportedOperationException();
    }

    @Override
    public EngineResult<Disk> load(VmHome home, Boot boot, Path saved, Deadline deadline) {
        throw new UnsupportedOperationException();
    }

    @Override
    public EngineResult<Machine> restore(VmHome home, Boot boot, Identity identity, Deadline deadline) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void discard(VmHome home, Boot boot) {
        throw new UnsupportedOperationException();
    }
}
