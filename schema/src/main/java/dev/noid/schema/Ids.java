package dev.noid.schema;

import java.math.BigInteger;
import java.security.SecureRandom;
import java.time.InstantSource;

/// Makes ids: a kind, a dash and 26 characters `[0-9a-z]` of 48 bits time (ms) and 80 bits randomness.
/// They sort by time of making, are safe in paths, topics, cgroups and headers, and say what they name.
public final class Ids {
    private static final String ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";
    private static final int LENGTH = 26;

    private final InstantSource clock;
    private final SecureRandom random;

    public Ids(InstantSource clock) {
        this.clock = clock;
        this.random = new SecureRandom();
    }

    public String job() {
        return next("job");
    }

    public String vm() {
        return next("vm");
    }

    public String checkpoint() {
        return next("ck");
    }

    /// A file that is nobody else's, ever.
    public String file() {
        return next("f");
    }

    public String tenant() {
        return next("tenant");
    }

    public String token() {
        return next("token");
    }

    public String host() {
        return next("host");
    }

    public String signal() {
        return next("signal");
    }

    /// Names one start of a process; claims carry it, so that a restarted worker can tell its own from an earlier
    /// one's.
    public String start() {
        return next("start");
    }

    private String next(String kind) {
        byte[] entropy = new byte[10];
        random.nextBytes(entropy);
        BigInteger value = BigInteger.valueOf(clock.millis()).shiftLeft(80).or(new BigInteger(1, entropy));
        char[] text = new char[LENGTH];
        for (int i = LENGTH - 1; i >= 0; i--) {
            text[i] = ALPHABET.charAt(value.intValue() & 31);
            value = value.shiftRight(5);
        }
        return kind + "-" + new String(text);
    }
}
