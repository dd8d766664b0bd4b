package dev.noid.schema.api;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/// `POST /vms`.
///
/// @param name      made up when null; form [dev.noid.schema.Names#FORM]
/// @param image     name or digest of an image; null is `busybox`
/// @param memoryMib 64 to what the largest host has; null is 256
/// @param cpus      1 to 16; null is 1
/// @param diskMib   64 to 65,536; null is 512
/// @param checkpoint id, unique prefix or `vm/label` of a checkpoint to go on from, instead of image and sizes
/// @param ifMissing  a VM of that name that is there already is the answer, when it is as asked for here
/// @param ttlSeconds destroyed so long after it was asked for, whatever it is doing; null is never
/// @param idleStopSeconds stopped once nothing was asked of it for so long; null is never
/// @param leaseSeconds destroyed when that long has passed and nobody renewed it ([ChangeVm]); null is never
/// @param ephemeral  destroyed once its execs are over
/// @param labels     form [dev.noid.schema.Labels]
public record CreateVm(
        @Nullable String name,
        @Nullable String image,
        @Nullable Integer memoryMib,
        @Nullable Integer cpus,
        @Nullable Integer diskMib,
        @Nullable String checkpoint,
        @Nullable Boolean ifMissing,
        @Nullable Long ttlSeconds,
        @Nullable Integer idleStopSeconds,
        @Nullable Integer leaseSeconds,
        @Nullable Boolean ephemeral,
        @Nullable Map<String, String> labels) {

    /// One that is there until somebody destroys it.
    public CreateVm(
            @Nullable String name,
            @Nullable String image,
            @Nullable Integer memoryMib,
            @Nullable Integer cpus,
            @Nullable Integer diskMib,
            @Nullable String checkpoint) {
        this(name, image, memoryMib, cpus, diskMib, checkpoint, null, null, null, null, null, null);
    }
}
