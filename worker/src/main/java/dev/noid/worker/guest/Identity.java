package dev.noid.worker.guest;

import org.jspecify.annotations.Nullable;

/// Who a restored guest is from now on: what it would otherwise share with the one it was saved from.
///
/// @param hostname  the guest takes; empty leaves what it has
/// @param bootId    UUID that programs read as `random/boot_id` from now on
/// @param machineId 32 hexadecimal digits for `/etc/machine-id`; null leaves it (the same VM goes back)
/// @param fork      another VM than the saved one: ssh host keys go too
/// @param seed      64 bytes for the kernel's random generator, never used twice
public record Identity(
        String hostname, String bootId, @Nullable String machineId, boolean fork, byte[] seed) {}
