package dev.noid.worker.engine.qemu;

import dev.noid.schema.Deadline;
import dev.noid.schema.job.JobError;
import dev.noid.worker.engine.EngineResult;
import dev.noid.worker.engine.Fingerprint;
import dev.noid.worker.engine.PausedMachine.Saved;
import dev.noid.worker.engine.PausedMachine.SavedFile;
import dev.noid.worker.engine.SavedVm;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The directory of a saved VM: `state`, `mem`, `disk/{layer}`.
record QemuSaved(Path directory, Checksums checksums) {
    static final String STATE = "state";
    static final String MEMORY = "mem";
    static final String DISK = "disk";

    EngineResult<Saved> seal(Saved saved, Deadline deadline) {
        Map<String, String> sums = new LinkedHashMap<>();
        try {
            for (SavedFile file : saved.files()) {
                sums.put(file.path(), checksums.of(directory.resolve(file.path()), deadline));
            }
            return new EngineResult.Ok<>(new Saved(saved.files(), sums));
        } catch (IOException failed) {
            return failed("the saved VM could not be read again", failed);
        }
    }

    /// Why it can't be loaded where things are as `here` says.
    Optional<JobError> check(Fingerprint here, Deadline deadline) {
        try {
            Optional<SavedVm> vm = SavedVm.read(directory);
            if (vm.isEmpty()) {
                return Optional.of(damaged("it has no manifest"));
            }
            Optional<String> difference = vm.get().fingerprint().differsFrom(here);
            if (difference.isPresent()) {
                return Optional.of(new JobError(
                        "checkpoint_incompatible",
                        "It can't be loaded here: " + difference.get() + ".",
                        "load it on a host like the one it was saved on, or boot from the image",
                        JobError.Fault.HOST));
            }
            for (String path : paths(vm.get())) {
                Optional<JobError> problem = differs(vm.get(), path, checksums.of(directory.resolve(path), deadline));
                if (problem.isPresent()) {
                    return problem;
                }
            }
            return Optional.empty();
        } catch (IOException failed) {
            return Optional.of(damaged(String.valueOf(failed.getMessage())));
        }
    }

    /// All that has to be there.
    private static List<String> paths(SavedVm vm) {
        List<String> paths = new ArrayList<>(List.of(STATE, MEMORY));
        vm.layers().forEach(layer -> paths.add(DISK + "/" + layer));
        return paths;
    }

    /// Whether a file is what was saved.
    ///
    /// @param sum of the file as it is now
    static Optional<JobError> differs(SavedVm vm, String path, String sum) {
        String saved = vm.checksums().getOrDefault(path, "");
        if (saved.equals(sum)) {
            return Optional.empty();
        }
        String size = saved.substring(0, Math.max(0, saved.indexOf(':')));
        String now = sum.substring(0, sum.indexOf(':'));
        return Optional.of(damaged(
                saved.isEmpty()
                        ? path + " is not in its manifest"
                        : size.equals(now)
                                ? path + " is not what was written"
                                : path + " has " + now + " bytes instead of " + size));
    }

    static JobError damaged(String what) {
        return JobError.host("checkpoint_damaged", "The saved VM is damaged: " + what + ".");
    }

    static <T> EngineResult<T> failed(String what, IOException why) {
        String message = String.valueOf(why.getMessage());
        return message.contains("No space left")
                ? new EngineResult.Failed<>(
                        new JobError(
                                "disk_full",
                                what + ": the host's disk is full",
                                "remove checkpoints that are not needed any more",
                                JobError.Fault.HOST),
                        false)
                : new EngineResult.Failed<>(JobError.host("host_files", what + ": " + message), true);
    }
}
