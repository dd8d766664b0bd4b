package dev.noid.worker.engine;

import dev.noid.schema.job.JobSpec;
import java.nio.file.Path;
import java.util.List;

/// What to boot.
///
/// @param hostname   of the guest: the VM's name
/// @param image      directory with `kernel`, `initrd` and `rootfs`
/// @param generation of this VMM process
/// @param layers     names of the files (stub: the directory) below `layers/` that make up the disk, lowest first
public record Boot(String hostname, Path image, JobSpec.Shape shape, long generation, List<String> layers) {
    public Boot withLayers(List<String> now) {
        return new Boot(hostname, image, shape, generation, List.copyOf(now));
    }
}
