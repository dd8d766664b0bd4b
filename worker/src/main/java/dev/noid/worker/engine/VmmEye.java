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

    /// Why the guest ended without shutting down, as `code: sentence`; asked after the end.
    default Optional<String> crash() {
        return Optional.empty();
    }

    /// The last of what the guest's console said, for a person to whom its boot failed; may be empty.
    String console();

    /// Which build of its program it is; empty when that is not known.
    default Optional<String> build() {
        return Optional.empty();
    }

    /// See [Machine#stall].
    default Optional<String> stall() {
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

    /// Sees the same VMM, whose home is elsewhere now.
    VmmEye moved(VmHome home, Boot boot);

    @Override
    void close();
}
