package dev.noid.worker.engine.stub;

import dev.noid.schema.Deadline;
import dev.noid.schema.job.JobError;
import dev.noid.worker.engine.Boot;
import dev.noid.worker.engine.EngineResult;
import dev.noid.worker.engine.MemoryBase;
import dev.noid.worker.engine.PausedMachine;
import dev.noid.worker.engine.VmHome;
import dev.noid.worker.engine.VmmEye;
import java.nio.file.Path;
import java.util.Optional;

/// A quiesced agent stands still by itself, so there is nothing to stop; saving is copying.
record StubEye(StubPlan plan) implements VmmEye {
    @Override
    public boolean guestShutDown() {
        return false;
    }

    @Override
    public String console() {
        return "";
    }

    @Override
    public Optional<JobError> halt(Deadline deadline) {
        return Optional.empty();
    }

    @Override
    public EngineResult<PausedMachine.Saved> save(Path directory, MemoryBase base, Boot next, Deadline deadline) {
        return new StubSaved(directory).write(plan);
    }

    @Override
    public Optional<JobError> go(Deadline deadline) {
        return Optional.empty();
    }

    @Override
    public Optional<JobError> load(Deadline deadline) {
        return Optional.empty();
    }

    @Override
    public VmmEye moved(VmHome home, Boot boot) {
        return new StubEye(plan.moved(home, boot));
    }

    @Override
    public void close() {
        // Nothing is open.
    }
}
