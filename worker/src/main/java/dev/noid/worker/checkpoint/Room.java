package dev.noid.worker.checkpoint;

import dev.noid.schema.job.JobError;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/// Whether a checkpoint will fit, asked before anything stands still for it.
public final class Room {
    /// For device state, disk layers and what else is written meanwhile.
    private static final long MARGIN = 64L << 20;

    private static final String PRUNE = "Remove some: noid checkpoint prune VM, or noid checkpoint rm.";
    private static final String NO_KEEP = "Restore without keeping what runs now (--no-keep), or remove checkpoints.";

    private final Path data;
    private final long quota;

    /// @param quota bytes that all checkpoints of this host may take
    public Room(Path data, long quota) {
        this.data = data;
        this.quota = quota;
    }

    public long quota() {
        return quota;
    }

    /// Half of what the filesystem of this directory, or of the nearest one above that is there, can hold.
    public static long half(Path data) throws IOException {
        Path there = data.toAbsolutePath();
        while (!Files.exists(there) && there.getParent() != null) {
            there = there.getParent();
        }
        return Files.getFileStore(there).getTotalSpace() / 2;
    }

    /// Why a VM's checkpoint would not fit.
    ///
    /// @param used     bytes that checkpoints take already
    /// @param resident bytes of the VM's memory that are in use
    /// @param keep     it is the one before a restore, which can be left out
    public Optional<JobError> lacking(long used, long resident, boolean keep) {
        String hint = keep ? NO_KEEP : PRUNE;
        if (used + resident > quota) {
            return Optional.of(JobError.user(
                    "checkpoint_quota",
                    "Checkpoints take " + mib(used) + " MiB of the " + mib(quota) + " MiB they may take on this host; "
                            + mib(resident) + " MiB more do not fit.",
                    hint));
        }
        long free = free();
        if (free < resident + MARGIN) {
            return Optional.of(JobError.user(
                    "disk_full",
                    "The disk of the VM's host has " + mib(free) + " MiB left, and the checkpoint may need "
                            + mib(resident + MARGIN) + " MiB.",
                    hint));
        }
        return Optional.empty();
    }

    /// What a disk that took no more means to who asked.
    public static JobError full(boolean keep) {
        return JobError.user("disk_full", "The disk of the VM's host took no more.", keep ? NO_KEEP : PRUNE);
    }

    private long free() {
        try {
            return Files.getFileStore(data).getUsableSpace();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Memory of a process that is in use, in bytes; 0 when it is gone.
    public static long resident(long pid) {
        try {
            for (String line : Files.readAllLines(Path.of("/proc", Long.toString(pid), "status"))) {
                if (line.startsWith("VmRSS:")) {
                    return Long.parseLong(line.replaceAll("[^0-9]", "")) << 10;
                }
            }
            return 0;
        } catch (IOException e) {
            return 0; // No such file, or no such process when it went while it was read.
        }
    }

    private static long mib(long bytes) {
        return (bytes + (1 << 20) - 1) >> 20;
    }
}
