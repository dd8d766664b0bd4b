package dev.noid.worker.engine;

import java.nio.file.Path;
import java.time.Instant;

/// An image on this host. Its files never change; VMs hard-link them.
///
/// @param digest      `sha256:…` of the hexadecimal SHA-256 of kernel, initrd and rootfs, in this order
/// @param kernel      its release
/// @param os          for a person
/// @param rootfsBytes the smallest disk a VM of it can have
/// @param bytes       of all files
/// @param importedAt  when this host got it
/// @param directory   with `kernel`, `initrd` and `rootfs`
public record StoredImage(
        String name,
        String digest,
        String kernel,
        String os,
        long rootfsBytes,
        long bytes,
        Instant importedAt,
        Path directory) {}
