package dev.noid.cli.command;

import dev.noid.cli.Failure;
import dev.noid.cli.print.Units;
import dev.noid.schema.api.CreateVm;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// What a VM is made of.
final class Shape {
    @Option(names = "--image", paramLabel = "IMAGE", description = "Image to start from (busybox); noid image ls.")
    private @Nullable String image;

    @Option(names = "--memory", paramLabel = "SIZE", description = "Memory, e.g. 256M or 1G (256M).")
    private @Nullable String memory;

    @Option(names = "--cpus", paramLabel = "N", description = "Virtual CPUs, 1 to 16 (1).")
    private @Nullable Integer cpus;

    @Option(names = "--disk", paramLabel = "SIZE", description = "Size of the root filesystem, e.g. 2G (512M).")
    private @Nullable String disk;

    @Option(
            names = "--checkpoint",
            paramLabel = "CHECKPOINT",
            description = "Go on from a checkpoint instead: its id, the beginning of that, or VM/LABEL.")
    private @Nullable String checkpoint;

    CreateVm named(@Nullable String name) {
        if (checkpoint != null && (image != null || memory != null || cpus != null || disk != null)) {
            throw Failure.usage(
                    "--checkpoint goes without --image, --memory, --cpus and --disk",
                    "leave them out: the VM has what its checkpoint has");
        }
        return new CreateVm(
                name,
                image,
                memory == null ? null : Units.mebibytes("--memory", memory),
                cpus,
                disk == null ? null : Units.mebibytes("--disk", disk),
                checkpoint == null ? null : CheckpointRef.of(checkpoint).typed());
    }
}
