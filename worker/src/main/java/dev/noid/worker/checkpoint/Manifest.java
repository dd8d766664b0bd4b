package dev.noid.worker.checkpoint;

import dev.noid.schema.job.JobSpec;
import dev.noid.worker.engine.Fingerprint;
import dev.noid.worker.engine.PausedMachine;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// `manifest.json`: what a saved VM is. It is written last, so that what has one is whole. Engines read their part
/// of it as [dev.noid.worker.engine.SavedVm].
///
/// @param id          of the checkpoint; for a template its key
/// @param vm          id of the VM it was saved from
/// @param name        of that VM then
/// @param parent      the VM had come from
/// @param image       digest
/// @param files       in version 1 the memory is one, `mem`; since then those below `mem/`, lowest first
/// @param checksums   as the engine knows them
/// @param layers      of the disk, lowest first
/// @param pauseMillis how long the guest stood still for it
public record Manifest(
        int version,
        String id,
        String vm,
        String tenant,
        String name,
        @Nullable String parent,
        @Nullable String label,
        String image,
        JobSpec.Shape shape,
        Instant createdAt,
        Fingerprint fingerprint,
        List<PausedMachine.SavedFile> files,
        Map<String, String> checksums,
        List<String> layers,
        double pauseMillis) {
    public static final int VERSION = 2;

    public long bytes() {
        return files.stream().mapToLong(PausedMachine.SavedFile::bytes).sum();
    }
}
