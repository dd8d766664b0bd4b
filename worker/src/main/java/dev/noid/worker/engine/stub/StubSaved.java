package dev.noid.worker.engine.stub;

import dev.noid.schema.job.JobError;
import dev.noid.worker.engine.EngineResult;
import dev.noid.worker.engine.Fingerprint;
import dev.noid.worker.engine.PausedMachine.Saved;
import dev.noid.worker.engine.PausedMachine.SavedFile;
import dev.noid.worker.engine.SavedVm;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import java.util.zip.CheckedOutputStream;

/// The directory of a saved stub: `state`, `mem` and a copy of the disk, `disk/{layer}/`. Sizes and sums are kept of
/// each file.
record StubSaved(Path directory) {
    private static final String STATE = "state";
    private static final String DISK = "disk";

    EngineResult<Saved> write(StubPlan plan) {
        try {
            Files.writeString(
                    directory.resolve(STATE), "generation " + plan.boot().generation() + "\n");
            Files.copy(plan.memory(), directory.resolve(StubPlan.MEMORY));
            String layer = DISK + "/" + StubEngine.layer(plan.boot());
            Path disk = Files.createDirectories(directory.resolve(DISK)).resolve(StubEngine.layer(plan.boot()));
            long bytes = copy(plan.disk(), disk);
            return new EngineResult.Ok<>(new Saved(
                    List.of(
                            file(STATE, Files.size(directory.resolve(STATE))),
                            file(StubPlan.MEMORY, Files.size(directory.resolve(StubPlan.MEMORY))),
                            file(layer, bytes)),
                    Map.of()));
        } catch (IOException failed) {
            return failed("the VM could not be saved", failed);
        }
    }

    /// Nothing is linked, so each file has a name of its own.
    private static SavedFile file(String path, long bytes) {
        return new SavedFile(path, "stub-" + UUID.randomUUID(), bytes);
    }

    EngineResult<Saved> seal(Saved saved) {
        try {
            return new EngineResult.Ok<>(new Saved(saved.files(), sums()));
        } catch (IOException failed) {
            return failed("the saved VM could not be read again", failed);
        }
    }

    Optional<JobError> check(Fingerprint here) {
        try {
            Optional<SavedVm> vm = SavedVm.read(directory);
            if (vm.isEmpty()) {
                return Optional.of(damaged("it has no manifest"));
            }
            Optional<String> difference = vm.get().fingerprint().differsFrom(here);
            if (difference.isPresent()) {
                return Optional.of(
                        JobError.host("checkpoint_incompatible", "It can't be loaded here: " + difference.get() + "."));
            }
            Map<String, String> now = sums();
            for (Map.Entry<String, String> file : vm.get().checksums().entrySet()) {
                if (!file.getValue().equals(now.remove(file.getKey()))) {
                    return Optional.of(damaged(file.getKey() + " is not what was written"));
                }
            }
            return now.keySet().stream().findFirst().map(path -> damaged(path + " is not in its manifest"));
        } catch (IOException failed) {
            return Optional.of(damaged(String.valueOf(failed.getMessage())));
        }
    }

    /// Puts it where a plan will run on it.
    void place(StubPlan plan) throws IOException {
        Files.createDirectories(plan.home().run(plan.boot().generation()));
        Files.copy(directory.resolve(StubPlan.MEMORY), plan.memory());
        List<String> layers = SavedVm.read(directory).orElseThrow().layers();
        copy(directory.resolve(DISK).resolve(layers.getLast()), plan.disk());
    }

    private static JobError damaged(String what) {
        return JobError.host("checkpoint_damaged", "The saved VM is damaged: " + what + ".");
    }

    static <T> EngineResult<T> failed(String what, IOException why) {
        String message = String.valueOf(why.getMessage());
        return message.contains("No space left")
                ? new EngineResult.Failed<>(JobError.host("disk_full", what + ": the host's disk is full"), false)
                : new EngineResult.Failed<>(JobError.host("host_files", what + ": " + message), true);
    }

    private Map<String, String> sums() throws IOException {
        Map<String, String> sums = new LinkedHashMap<>();
        for (Path file : walk(directory)) {
            String path = directory.relativize(file).toString();
            if (!path.equals(SavedVm.FILE) && !Files.isDirectory(file, LinkOption.NOFOLLOW_LINKS)) {
                sums.put(path, sum(file));
            }
        }
        return sums;
    }

    private static String sum(Path file) throws IOException {
        CRC32C sum = new CRC32C();
        if (Files.isSymbolicLink(file)) {
            sum.update(Files.readSymbolicLink(file).toString().getBytes(StandardCharsets.UTF_8));
        } else {
            try (CheckedOutputStream out = new CheckedOutputStream(java.io.OutputStream.nullOutputStream(), sum)) {
                Files.copy(file, out);
            }
        }
        return Long.toHexString(sum.getValue());
    }

    /// All but the link to the memory. Returns the bytes copied.
    private static long copy(Path from, Path to) throws IOException {
        long bytes = 0;
        for (Path file : walk(from)) {
            Path target = to.resolve(from.relativize(file));
            if (file.equals(from.resolve(StubPlan.MEMORY))) {
                continue;
            }
            if (Files.isDirectory(file, LinkOption.NOFOLLOW_LINKS)) {
                Files.createDirectories(target);
            } else {
                Files.copy(file, target, LinkOption.NOFOLLOW_LINKS);
                bytes += Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS) ? Files.size(file) : 0;
            }
        }
        return bytes;
    }

    private static List<Path> walk(Path from) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            return new ArrayList<>(files.toList());
        }
    }
}
