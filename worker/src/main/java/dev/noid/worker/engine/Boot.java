package dev.noid.worker.engine;

import dev.noid.schema.job.JobSpec;
import java.nio.file.Path;

/// What to boot.
///
/// @param hostname   of the guest: the VM's name
/// @param image      directory with `kernel`, `initrd` and `rootfs`
/// @param generation of this VMM process
public record Boot(String hostname, Path image, JobSpec.Shape shape, long generation) {}
