package dev.noid.worker.vm;

import dev.noid.worker.guest.Identity;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.UUID;

/// Who restored guests are: never twice the same.
final class Identities {
    private static final int SEED_BYTES = 64;
    private static final int MACHINE_ID_BYTES = 16;

    private final SecureRandom random = new SecureRandom();

    /// The same VM as the saved one, later.
    Identity again(String hostname) {
        return new Identity(hostname, UUID.randomUUID().toString(), null, false, bytes(SEED_BYTES));
    }

    /// Another VM than the saved one.
    Identity fork(String hostname) {
        String machine = HexFormat.of().formatHex(bytes(MACHINE_ID_BYTES));
        return new Identity(hostname, UUID.randomUUID().toString(), machine, true, bytes(SEED_BYTES));
    }

    private byte[] bytes(int count) {
        byte[] bytes = new byte[count];
        random.nextBytes(bytes);
        return bytes;
    }
}
