package dev.noid.worker.engine.qemu;

import dev.noid.schema.Deadline;
import dev.noid.schema.job.JobError;
import dev.noid.worker.engine.EngineResult;
import dev.noid.worker.engine.Fingerprint;
import dev.noid.worker.engine.PausedMachine.Saved;
import dev.noid.worker.engine.PausedMachine.SavedFile;
import dev.noid.worker.engine.SavedVm;
import dev.noid.worker.host.SparseFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The directory of a saved VM: `state`, `mem/{name}`, `disk/{layer}`. The files below `mem/` hold the memory together;
/// its checksum is that of what they hold.
record QemuSaved(Path directory, Checksums checksums) {
    static final String STATE = "state";
    static final String MEMORY = "mem";
    static final String DISK = "disk";

    /// A file of the memory.
    static SavedFile part(String name, long bytes) {
        return new SavedFile(MEMORY + "/" + name, name, bytes);
    }

    /// Those of the memory, lowest first.
    static List<SavedFile> memory(List<SavedFile> files) {
        return files.stream()
                .filter(file -> file.path().equals(MEMORY) || file.path().startsWith(MEMORY + "/"))
                .toList();
    }

    static List<Path> paths(Path directory, List<SavedFile> files) {
        return files.stream().map(file -> directory.resolve(file.path())).toList();
    }

    EngineResult<Saved> seal(Saved saved, SparseFiles sparse, Deadline deadline) {
        Map<String, String> sums = new LinkedHashMap<>();
        List<SavedFile> files = new ArrayList<>();
        List<SavedFile> memory = memory(saved.files());
        try {
            for (SavedFile file : saved.files()) {
                Path path = directory.resolve(file.path());
                files.add(new SavedFile(file.path(), file.name(), sparse.allocated(path)));
                if (!memory.contains(file)) {
                    sums.put(file.path(), checksums.of(path, deadline));
                }
            }
            sums.put(MEMORY, checksums.of(paths(directory, memory), deadline));
            return new EngineResult.Ok<>(new Saved(files, sums));
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
            for (String path : others(vm.get())) {
                Optional<JobError> problem = differs(vm.get(), path, checksums.of(directory.resolve(path), deadline));
                if (problem.isPresent()) {
                    return problem;
                }
            }
            List<Path> memory = paths(directory, memory(vm.get().files()));
            Optional<JobError> problem = memoryDiffers(vm.get(), memory);
            return problem.isPresent() ? problem : differs(vm.get(), MEMORY, checksums.of(memory, deadline));
        } catch (IOException failed) {
            return Optional.of(damaged(String.valueOf(failed.getMessage())));
        }
    }

    /// All that has to be there beside the memory.
    private static List<String> others(SavedVm vm) {
        List<String> paths = new ArrayList<>(List.of(STATE));
        vm.layers().forEach(layer -> paths.add(DISK + "/" + layer));
        return paths;
    }

    /// Whether the memory's files can be what was saved, asked before they are opened: that takes room for each page.
    static Optional<JobError> memoryDiffers(SavedVm vm, List<Path> files) throws IOException {
        if (files.isEmpty()) {
            return Optional.of(damaged("its memory is not in its manifest"));
        }
        Path whole = files.getFirst();
        if (!Files.isRegularFile(whole, LinkOption.NOFOLLOW_LINKS)) {
            return Optional.of(damaged(whole.getFileName() + " is missing"));
        }
        return vm.checksums().getOrDefault(MEMORY, "").startsWith(Files.size(whole) + ":")
                ? Optional.empty()
                : Optional.of(damaged("its memory has " + Files.size(whole) + " bytes"));
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
