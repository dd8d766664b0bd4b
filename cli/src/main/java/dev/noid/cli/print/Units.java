package dev.noid.cli.print;

import dev.noid.cli.Failure;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Sizes and durations as people write and read them.
public final class Units {
    private static final Pattern SIZE = Pattern.compile("(\\d{1,9})\\s*(M|MB|MI|MIB|G|GB|GI|GIB|T|TB|TI|TIB)");
    private static final Pattern SPAN = Pattern.compile("(\\d+(?:\\.\\d+)?)(MS|S|M|H|D)?");

    /// 30 years, which is more than the server takes for anything; in nanoseconds it is far from the end of a long.
    private static final double MILLIS_MOST = 30 * 365.0 * 86_400_000;

    private Units() {}

    /// `256M`, `1G` in MiB. Throws a usage failure that names `option`.
    public static int mebibytes(String option, String text) {
        Matcher matcher = SIZE.matcher(text.toUpperCase(Locale.ROOT).strip());
        if (!matcher.matches()) {
            throw Failure.usage(
                    option + " is '" + Escapes.visible(text) + "', which is not a size",
                    "write it like 256M or 2G, e.g. " + option + " 1G");
        }
        long number = Long.parseLong(matcher.group(1));
        long size =
                switch (matcher.group(2).charAt(0)) {
                    case 'M' -> number;
                    case 'G' -> number << 10;
                    default -> number << 20;
                };
        if (size < 1 || size > Integer.MAX_VALUE) {
            throw Failure.usage(option + " is '" + text + "', which no machine has", "e.g. " + option + " 1G");
        }
        return (int) size;
    }

    /// `500ms`, `30s`, `1m30s`, `2h`; a bare number is seconds.
    public static Duration duration(String option, String text) {
        String rest = text.toUpperCase(Locale.ROOT).strip();
        double millis = 0;
        Matcher matcher = SPAN.matcher(rest);
        int end = 0;
        while (matcher.lookingAt() || (end > 0 && end < rest.length() && matcher.find(end) && matcher.start() == end)) {
            boolean bare = matcher.group(2) == null;
            if (bare && (end > 0 || matcher.end() < rest.length())) {
                break;
            }
            millis += Double.parseDouble(matcher.group(1)) * unitMillis(bare ? "S" : matcher.group(2));
            end = matcher.end();
            if (end == rest.length()) {
                if (millis > MILLIS_MOST) {
                    throw Failure.usage(
                            option + " is '" + Escapes.visible(text) + "', which is longer than 30 years",
                            "write it like 30s, 500ms or 1m30s, e.g. " + option + " 30s");
                }
                return Duration.ofNanos((long) (millis * 1_000_000));
            }
            matcher.region(end, rest.length());
        }
        throw Failure.usage(
                option + " is '" + Escapes.visible(text) + "', which is not a duration",
                "write it like 30s, 500ms or 1m30s, e.g. " + option + " 30s");
    }

    /// A duration that the API takes in whole seconds: at least one, a part of one counts as one.
    public static long seconds(String option, String text) {
        long millis = duration(option, text).toMillis();
        if (millis <= 0) {
            throw Failure.usage(
                    option + " is '" + Escapes.visible(text) + "', which is no time at all", "e.g. " + option + " 15m");
        }
        // More than the API takes, it says so itself.
        return Math.min(Integer.MAX_VALUE, (millis + 999) / 1_000);
    }

    private static double unitMillis(String unit) {
        return switch (unit) {
            case "MS" -> 1;
            case "S" -> 1_000;
            case "M" -> 60_000;
            case "H" -> 3_600_000;
            default -> 86_400_000;
        };
    }

    /// MiB as `256M` or `1G`.
    public static String size(long mebibytes) {
        return mebibytes >= 1024 && mebibytes % 1024 == 0 ? mebibytes / 1024 + "G" : mebibytes + "M";
    }

    /// Bytes, to three digits.
    public static String bytes(long bytes) {
        if (bytes < 1024) {
            return bytes + "B";
        }
        double value = bytes;
        int unit = -1;
        while (value >= 1024 && unit < 4) {
            value /= 1024;
            unit++;
        }
        return String.format(Locale.ROOT, value < 10 ? "%.1f%c" : "%.0f%c", value, "KMGTP".charAt(unit));
    }

    public static String millis(double millis) {
        return millis < 1_000
                ? String.format(Locale.ROOT, "%.1f ms", millis)
                : String.format(Locale.ROOT, "%.2f s", millis / 1_000);
    }

    /// How long ago, to one unit.
    public static String age(Instant then, Instant now) {
        return span(Duration.between(then, now));
    }

    /// To one unit.
    public static String span(Duration span) {
        long seconds = Math.max(0, span.toSeconds());
        if (seconds < 120) {
            return seconds + "s";
        }
        if (seconds < 7_200) {
            return seconds / 60 + "m";
        }
        return seconds < 172_800 ? seconds / 3_600 + "h" : seconds / 86_400 + "d";
    }
}
