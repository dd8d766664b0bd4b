package dev.noid.gateway.http;

import dev.noid.gateway.submit.Refused;
import dev.noid.schema.ExecId;
import dev.noid.schema.Nearest;
import dev.noid.schema.api.Problem;
import io.javalin.http.Context;
import java.math.BigInteger;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Query parameters and headers, checked. All throw [Refused].
final class Parameters {
    private static final Pattern SECONDS = Pattern.compile("[0-9]{1,1000}");
    private static final Pattern VM_ID = Pattern.compile("vm-[0-9a-z]+");

    private Parameters() {}

    /// Refuses parameters that the route does not know: a typo would otherwise be ignored in silence.
    static void only(Context ctx, String... known) {
        Set<String> names = new TreeSet<>(Arrays.asList(known));
        for (String name : ctx.queryParamMap().keySet()) {
            if (!names.contains(name)) {
                String near = Nearest.of(name, names)
                        .map(other -> ": did you mean " + other + "?")
                        .orElse(names.isEmpty() ? "" : "; there are " + String.join(", ", names));
                throw bad(name, "is not a parameter of this request" + near);
            }
        }
    }

    static long number(Context ctx, String name, long otherwise, long min, long max) {
        return number(ctx.queryParam(name), name, otherwise, min, max);
    }

    static long number(@Nullable String text, String name, long otherwise, long min, long max) {
        if (text == null) {
            return otherwise;
        }
        try {
            long value = Long.parseLong(text);
            // As JSON has numbers: what is written in two ways is compared wrong by somebody.
            if (!text.startsWith("+") && value >= min && value <= max) {
                return value;
            }
        } catch (NumberFormatException _) {
            // Said below, with the range.
        }
        throw bad(name, "is '" + text + "', but must be a whole number from " + min + " to " + max);
    }

    static boolean flag(Context ctx, String name) {
        String text = ctx.queryParam(name);
        if (text == null || text.equals("false")) {
            return false;
        }
        if (text.equals("true") || text.isEmpty()) {
            return true;
        }
        throw bad(name, "is '" + text + "', but must be true or false");
    }

    /// Null when none is named.
    static @Nullable ExecId log(Context ctx) {
        return log(ctx.queryParam("log"));
    }

    static @Nullable ExecId log(@Nullable String text) {
        ExecId log;
        try {
            log = text == null ? null : ExecId.parse(text);
        } catch (IllegalArgumentException _) {
            throw noLog(text);
        }
        if (log != null && (log.attempt() < 1 || !VM_ID.matcher(log.job()).matches())) {
            throw noLog(text);
        }
        return log;
    }

    private static Refused noLog(@Nullable String text) {
        return bad("log", "is '" + text + "', but must be as the first line of a log says, e.g. vm-….1");
    }

    /// Seconds of `Prefer: wait=N`, at most 60; 0 when there is none. A preference nobody understands is ignored (RFC
    /// 7240).
    static int preferredWait(Context ctx) {
        return preferredWait(ctx.header("Prefer"));
    }

    static int preferredWait(@Nullable String header) {
        for (String preference : header == null ? List.<String>of() : List.of(header.split("[,;]"))) {
            String[] parts = preference.strip().split("=", 2);
            if (parts.length == 2 && parts[0].strip().equalsIgnoreCase("wait")) {
                String seconds = parts[1].strip().replace("\"", "");
                // Of any length: what is more than a long is more than a minute too.
                return SECONDS.matcher(seconds).matches()
                        ? new BigInteger(seconds).min(BigInteger.valueOf(60)).intValue()
                        : 0;
            }
        }
        return 0;
    }

    /// Bare or in double quotes.
    static @Nullable String idempotencyKey(Context ctx) {
        return idempotencyKey(ctx.header("Idempotency-Key"));
    }

    static @Nullable String idempotencyKey(@Nullable String header) {
        if (header == null) {
            return null;
        }
        String key = header.length() >= 2 && header.startsWith("\"") && header.endsWith("\"")
                ? header.substring(1, header.length() - 1)
                : header;
        if (key.isEmpty() || key.length() > 255 || !key.chars().allMatch(c -> c > 32 && c < 127)) {
            throw bad("Idempotency-Key", "must be 1 to 255 printable ASCII characters without spaces");
        }
        return key;
    }

    static Refused bad(String name, String detail) {
        return new Refused(
                Problem.of(400, "bad_parameter", "Parameter can't be used", name + " " + detail, "see /openapi.yaml")
                        .withErrors(List.of(new Problem.FieldError(name, name + " " + detail))));
    }
}
