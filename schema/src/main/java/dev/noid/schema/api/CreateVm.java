package dev.noid.schema.api;

import org.jspecify.annotations.Nullable;

/// `POST /vms`.
///
/// @param name      made up when null; form [dev.noid.schema.Names#FORM]
/// @param image     name or digest of an image; null is `busybox`
/// @param memoryMib 64 to what the largest host has; null is 256
/// @param cpus      1 to 16; null is 1
/// @param diskMib   64 to 65,536; null is 512
/// @param checkpoint id, unique prefix or `vm/label` of a checkpoint to go on from, instead of image and sizes
public record CreateVm(
        @Nullable String name,
        @Nullable String image,
        @Nullable Integer memoryMib,
        @Nullable Integer cpus,
        @Nullable Integer diskMib,
        @Nullable String checkpoint) {}
