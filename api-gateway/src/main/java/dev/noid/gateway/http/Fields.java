package dev.noid.gateway.http;

import dev.noid.gateway.submit.Refused;
import dev.noid.schema.Nearest;
import dev.noid.schema.api.Problem;
import dev.noid.schema.api.Problem.FieldError;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// Reads a body field by field and remembers everything that is wrong, so that it is said at once. Ask for
/// every field, then call [#finish].
final class Fields {
    private final JsonNode root;
    private final Set<String> asked = new LinkedHashSet<>();
    private final List<FieldError> errors = new ArrayList<>();

    Fields(JsonNode root) {
        this.root = root;
    }

    @Nullable
    String string(String name, int longest, Predicate<String> form, String formText) {
        JsonNode node = node(name);
        if (node == null) {
            return null;
        }
        if (!node.isString()) {
            error(name, "must be a string, not " + kind(node));
            return null;
        }
        String text = node.stringValue();
        if (text.length() > longest) {
            error(name, "must have at most " + longest + " characters, but has " + text.length());
        } else if (!plain(text)) {
            error(name, "must not have NUL characters or halves of surrogate pairs");
        } else if (!form.test(text)) {
            error(name, "is '" + text + "', but " + formText);
        }
        return text;
    }

    @Nullable
    Integer integer(String name, int min, int max) {
        Long value = number(name, min, max);
        return value == null ? null : Math.toIntExact(value);
    }

    @Nullable
    Long number(String name, long min, long max) {
        JsonNode node = node(name);
        if (node == null) {
            return null;
        }
        if (!node.isIntegralNumber()) {
            error(name, "must be a whole number from " + min + " to " + max + ", not " + kind(node));
            return null;
        }
        if (!node.canConvertToLong() || node.longValue() < min || node.longValue() > max) {
            error(name, "is " + node.asString() + ", but must be from " + min + " to " + max);
            return null;
        }
        return node.longValue();
    }

    @Nullable
    Double decimal(String name, double min, double max) {
        JsonNode node = node(name);
        if (node == null) {
            return null;
        }
        if (!node.isNumber()) {
            error(name, "must be a number from " + (long) min + " to " + (long) max + ", not " + kind(node));
            return null;
        }
        double value = node.doubleValue();
        if (!(value >= min && value <= max)) {
            error(name, "is " + node.asString() + ", but must be from " + (long) min + " to " + (long) max);
            return null;
        }
        return value;
    }

    @Nullable
    Boolean bool(String name) {
        JsonNode node = node(name);
        if (node == null) {
            return null;
        }
        if (!node.isBoolean()) {
            error(name, "must be true or false, not " + kind(node));
            return null;
        }
        return node.booleanValue();
    }

    byte @Nullable [] base64(String name, int longest) {
        JsonNode node = node(name);
        if (node == null) {
            return null;
        }
        if (!node.isString()) {
            error(name, "must be a string of base64, not " + kind(node));
            return null;
        }
        try {
            byte[] bytes = Base64.getDecoder().decode(node.stringValue());
            if (bytes.length > longest) {
                error(name, "must be at most " + longest + " bytes, but is " + bytes.length);
            }
            return bytes;
        } catch (IllegalArgumentException _) {
            error(name, "is not base64 (RFC 4648 section 4)");
            return null;
        }
    }

    @Nullable
    List<String> strings(String name, int most) {
        JsonNode node = node(name);
        if (node == null) {
            return null;
        }
        if (!node.isArray()) {
            error(name, "must be an array of strings, not " + kind(node));
            return null;
        }
        if (node.size() > most) {
            error(name, "must have at most " + most + " elements, but has " + node.size());
            return null;
        }
        List<String> values = new ArrayList<>(node.size());
        for (int i = 0; i < node.size(); i++) {
            element(name + "/" + i, node.get(i), values);
        }
        return values;
    }

    /// Its members are the caller's to check.
    @Nullable
    JsonNode object(String name) {
        JsonNode node = node(name);
        if (node != null && !node.isObject()) {
            error(name, "must be an object of strings, not " + kind(node));
            return null;
        }
        return node;
    }

    @Nullable
    Map<String, String> stringMap(String name, int most) {
        JsonNode node = object(name);
        if (node == null) {
            return null;
        }
        if (node.size() > most) {
            error(name, "must have at most " + most + " entries, but has " + node.size());
            return null;
        }
        Map<String, String> values = new LinkedHashMap<>();
        node.properties().forEach(entry -> {
            List<String> one = new ArrayList<>(1);
            element(name + "/" + escape(entry.getKey()), entry.getValue(), one);
            if (!one.isEmpty()) {
                values.put(entry.getKey(), one.getFirst());
            }
        });
        return values;
    }

    private void element(String pointer, JsonNode node, List<String> into) {
        if (!node.isString()) {
            error(pointer, "must be a string, not " + kind(node));
        } else if (!plain(node.stringValue())) {
            error(pointer, "must not have NUL characters or halves of surrogate pairs");
        } else {
            into.add(node.stringValue());
        }
    }

    void error(String pointer, String detail) {
        if (errors.size() < 50) {
            errors.add(new FieldError("/" + pointer, pointer + " " + detail));
        }
    }

    /// Throws [Refused] with every problem found, among them fields that nobody asked for.
    void finish() {
        for (String name : root.propertyNames()) {
            if (!asked.contains(name)) {
                String near = Nearest.of(name, asked)
                        .map(field -> ": did you mean " + field + "?")
                        .orElse("; there are " + String.join(", ", asked));
                error(escape(name), "is not a field of this request" + (asked.isEmpty() ? "" : near));
            }
        }
        if (!errors.isEmpty()) {
            throw new Refused(Problem.of(
                            422,
                            "invalid_request",
                            "Request can't be used",
                            errors.size() == 1
                                    ? errors.getFirst().detail()
                                    : errors.size() + " fields are wrong: "
                                            + errors.getFirst().detail() + " (and more)",
                            "see errors; every field is described in /openapi.yaml")
                    .withErrors(errors));
        }
    }

    private @Nullable JsonNode node(String name) {
        asked.add(name);
        JsonNode node = root.get(name);
        return node == null || node.isNull() ? null : node;
    }

    /// What Postgres, Linux and UTF-8 can all carry.
    private static boolean plain(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == 0) {
                return false;
            }
            if (Character.isSurrogate(c)) {
                if (Character.isLowSurrogate(c)
                        || i + 1 == text.length()
                        || !Character.isLowSurrogate(text.charAt(i + 1))) {
                    return false;
                }
                i++;
            }
        }
        return true;
    }

    static String escape(String name) {
        return name.replace("~", "~0").replace("/", "~1");
    }

    private static String kind(JsonNode node) {
        return switch (node.getNodeType()) {
            case ARRAY -> "an array";
            case OBJECT, POJO -> "an object";
            case STRING, BINARY -> "a string";
            case NUMBER -> "the number " + node.asString();
            case BOOLEAN -> node.asString();
            case NULL, MISSING -> "null";
        };
    }
}
