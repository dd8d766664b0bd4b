package dev.noid.worker.engine;

import dev.noid.schema.Deadline;
import dev.noid.schema.job.JobError;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/// What an engine can see of its VMM, and make it do, beside the process.
public interface VmmEye extends AutoCloseable {
    /// The guest ended it, as far as the VMM said; asked after the end.
    boolean guestShutDown();

    /// The last of what the guest's console said, for a person to whom its boot failed; may be empty.
    String console();

    /// Which build of its program it is; empty when that is not known.
    default Optional<String> build() {
        return Optional.empty();
    }

    /// Makes the VM stand still, once its guest is quiesced. What was in the way; empty when it stands still.
    Optional<JobError> halt(Deadline deadline);

    /// Saves a VM that stands still; see [PausedMachine#save].
    EngineResult<PausedMachine.Saved> save(Path directory, MemoryBase base, Boot next, Deadline deadline);

    /// Lets the VM go on; one that runs already is fine. What was in the way; empty when it runs.
    Optional<JobError> go(Deadline deadline);

    /// Gives a VMM that was started for it what [Engine#load] has put there, and lets it run.
    Optional<JobError> load(Deadline deadline);

    /// See [Machine#flatten].
    default EngineResult<List<String>> flatten(
            List<String> layers, long bytesPerSecond, BooleanSupplier unwanted, Deadline deadline) {
        return new EngineResult.Ok<>(layers);
    }

    @Override
    void close();

    /// Sees and does nothing.
    static VmmEye blind() {
        return new VmmEye() {
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
            public EngineResult<PausedMachine.Saved> save(
                    Path directory, MemoryBase base, Boot next, Deadline deadline) {
                return new EngineResult.Failed<>(
                        JobError.platform("not_saved", "This engine can't save a running VM."), false);
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
            public void close() {
                // Nothing is open.
            }
        };
    }
}
