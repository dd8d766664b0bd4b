package dev.noid.worker.vm;

import dev.noid.schema.Deadline;
import dev.noid.worker.engine.Boot;
import dev.noid.worker.engine.Engine;
import dev.noid.worker.engine.EngineResult;
import dev.noid.worker.engine.Machine;
import dev.noid.worker.engine.VmHome;
import java.util.Optional;

/// Starts whatever it is asked to.
final class FakeEngine implements Engine {
    final FakeMachine machine = new FakeMachine();
    int killed;

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
        return new EngineResult.Ok<>(new Disk(0));
    }

    @Override
    public EngineResult<Machine> start(VmHome home, Boot boot, Deadline deadline) {
        return new EngineResult.Ok<>(machine);
    }

    @Override
    public EngineResult<Optional<Machine>> adopt(VmHome home, Boot boot, Deadline deadline) {
        return new EngineResult.Ok<>(Optional.empty());
    }

    @Override
    public void kill(VmHome home, Boot boot) {
        killed++;
    }
}
