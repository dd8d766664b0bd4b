package dev.noid.schema;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.zip.CRC32;

/// API tokens: `noid_`, 30 random characters `[0-9A-Za-z]` and their CRC32 in six more. The prefix lets scanners find
/// leaked ones, the checksum tells a typo from a wrong token without asking the database. Only the SHA-256 is stored.
public final class TokenFormat {
    private static final String PREFIX = "noid_";
    private static final String ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    private static final int RANDOM_LENGTH = 30;
    private static final int CHECKSUM_LENGTH = 6;
    private static final int SHOWN_LENGTH = 10;
    private static final Pattern FORM =
            Pattern.compile(PREFIX + "[0-9A-Za-z]{" + (RANDOM_LENGTH + CHECKSUM_LENGTH) + "}");

    private TokenFormat() {}

    /// A fresh token.
    public static String mint(SecureRandom random) {
        String body = random.ints(RANDOM_LENGTH, 0, ALPHABET.length())
                .mapToObj(i -> String.valueOf(ALPHABET.charAt(i)))
                .collect(Collectors.joining());
        return PREFIX + body + checksum(body);
    }

    /// False for what can't be a token of Noid's, whoever made it.
    public static boolean wellFormed(String token) {
        if (!FORM.matcher(token).matches()) {
            return false;
        }
        int split = PREFIX.length() + RANDOM_LENGTH;
        return checksum(token.substring(PREFIX.length(), split)).equals(token.substring(split));
    }

    /// What is stored of it.
    public static byte[] sha256(String token) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(token.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /// Its first characters, to recognise it by in lists.
    public static String shown(String token) {
        return token.substring(0, Math.min(token.length(), SHOWN_LENGTH));
    }

    private static String checksum(String body) {
        CRC32 crc = new CRC32();
        crc.update(body.getBytes(StandardCharsets.US_ASCII));
        long rest = crc.getValue();
        char[] text = new char[CHECKSUM_LENGTH];
        for (int i = CHECKSUM_LENGTH - 1; i >= 0; i--) {
            text[i] = ALPHABET.charAt((int) (rest % ALPHABET.length()));
            rest /= ALPHABET.length();
        }
        return new String(text);
    }
}
