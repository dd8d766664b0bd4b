package dev.noid.gateway.http;

import dev.noid.gateway.submit.Refused;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// The place in a list where the next page begins: opaque to people, the last key for us.
final class Cursor {
    private static final String VERSION = "1:";
    private static final Pattern KEY = Pattern.compile("[a-z0-9:-]{1,100}");

    private Cursor() {}

    static String encode(String key) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString((VERSION + key).getBytes(StandardCharsets.UTF_8));
    }

    static @Nullable String decode(@Nullable String cursor) {
        if (cursor == null || cursor.isEmpty()) {
            return null;
        }
        try {
            String text = new String(Base64.getUrlDecoder().decode(cursor), StandardCharsets.UTF_8);
            if (text.startsWith(VERSION)
                    && KEY.matcher(text.substring(VERSION.length())).matches()) {
                return text.substring(VERSION.length());
            }
        } catch (IllegalArgumentException _) {
            // Said below.
        }
        throw bad();
    }

    /// Of a list whose key is a number.
    static @Nullable Long number(@Nullable String cursor) {
        String key = decode(cursor);
        try {
            return key == null ? null : Long.valueOf(key);
        } catch (NumberFormatException _) {
            throw bad();
        }
    }

    private static Refused bad() {
        return new Refused(
                400,
                "bad_cursor",
                "Unknown cursor",
                "The cursor is not one that this list has given.",
                "take nextCursor of the page before, or none to begin at the start");
    }
}
