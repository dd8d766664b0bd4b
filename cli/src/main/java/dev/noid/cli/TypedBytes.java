package dev.noid.cli;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// The bytes that were typed, before Java made text of them: it puts U+FFFD in the place of what is no UTF-8, and a
/// command would run with other words than those that were meant.
public final class TypedBytes {
    /// Linux, proc(5): all arguments, each with a zero byte at its end.
    private static final Path COMMAND_LINE = Path.of("/proc/self/cmdline");

    /// Likewise, all variables.
    private static final Path ENVIRONMENT = Path.of("/proc/self/environ");

    private static final char REPLACED = '\ufffd';

    private TypedBytes() {}

    /// What is wrong with the words that were typed; empty when they are what the bytes say.
    static Optional<Failure> check(String[] args) {
        for (String arg : args) {
            if (arg.indexOf(REPLACED) >= 0) {
                return checkBytes(args);
            }
        }
        return Optional.empty();
    }

    private static Optional<Failure> checkBytes(String[] args) {
        List<byte[]> typed;
        try {
            typed = split(Files.readAllBytes(COMMAND_LINE));
        } catch (IOException _) {
            return Optional.empty(); // A system without it, whose Java takes all text for UTF-8.
        }
        int before = typed.size() - args.length;
        for (int i = Math.max(0, before); i < typed.size(); i++) {
            if (!isUtf8(typed.get(i))) {
                return Optional.of(Failure.usage(
                        "argument " + (i - before + 1) + " is not valid UTF-8: " + shown(typed.get(i)),
                        "give it as UTF-8, or send the bytes through stdin (-i), which takes any"));
            }
        }
        return Optional.empty();
    }

    /// The value of a variable of this process as it is; throws a failure when that is no text.
    public static String variable(String name, String value) {
        if (value.indexOf(REPLACED) < 0) {
            return value;
        }
        byte[] begin = (name + "=").getBytes(StandardCharsets.UTF_8);
        try {
            for (byte[] one : split(Files.readAllBytes(ENVIRONMENT))) {
                if (one.length >= begin.length
                        && Arrays.equals(one, 0, begin.length, begin, 0, begin.length)
                        && !isUtf8(one)) {
                    throw Failure.usage(
                            "the value of " + name + " is not valid UTF-8",
                            "give it as text, or send the bytes through stdin, which takes any");
                }
            }
        } catch (IOException _) {
            return value; // As above.
        }
        return value;
    }

    private static List<byte[]> split(byte[] all) {
        List<byte[]> words = new ArrayList<>();
        int from = 0;
        for (int i = 0; i < all.length; i++) {
            if (all[i] == 0) {
                words.add(Arrays.copyOfRange(all, from, i));
                from = i + 1;
            }
        }
        return words;
    }

    private static boolean isUtf8(byte[] word) {
        try {
            StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(word));
            return true;
        } catch (CharacterCodingException _) {
            return false;
        }
    }

    /// As printf writes it, cut to what fits a line.
    private static String shown(byte[] word) {
        StringBuilder shown = new StringBuilder();
        for (int i = 0; i < Math.min(word.length, 40); i++) {
            int value = word[i] & 0xff;
            shown.append(
                    value >= 0x20 && value < 0x7f
                            ? String.valueOf((char) value)
                            : String.format(Locale.ROOT, "\\x%02x", value));
        }
        return word.length > 40 ? shown + "…" : shown.toString();
    }
}
