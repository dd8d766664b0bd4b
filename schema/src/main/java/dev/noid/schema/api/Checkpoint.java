package dev.noid.schema.api;

import dev.noid.schema.checkpoint.CheckpointState;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// A checkpoint as people see it.
///
/// @param vm          name of the VM it was made of, as that was called then
/// @param parent      id of the checkpoint the VM had come from when this was made; null at the root of its tree
/// @param label       unique among the checkpoints of its VM; `vm/label` names it
/// @param pinned      no policy removes it
/// @param automatic   made by Noid before a restore, not asked for
/// @param current     its VM runs on from here: the newest one it was made into or put back to
/// @param pauseMillis how long the guest stood still for it
/// @param totalMillis from the begin of the job to the last byte being safe
/// @param bytes       allocated for it on its host; bytes shared with others count in each
public record Checkpoint(
        String id,
        String vm,
        String vmId,
        @Nullable String parent,
        @Nullable String label,
        boolean pinned,
        boolean automatic,
        boolean current,
        CheckpointState state,
        String image,
        int memoryMib,
        int cpus,
        int diskMib,
        @Nullable String host,
        @Nullable Double pauseMillis,
        @Nullable Double totalMillis,
        @Nullable Long bytes,
        Instant createdAt,
        @Nullable Instant completedAt) {}
