package dev.noid.cli.command;

import dev.noid.cli.Failure;
import dev.noid.cli.print.Escapes;
import dev.noid.schema.Labels;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Labels as they are typed: `K=V`, and to ask by them also `K`.
final class LabelWords {
    static final String PARAM = "K=V";

    private LabelWords() {}

    /// Null for none.
    static @Nullable Map<String, String> map(List<String> typed) {
        Map<String, String> labels = new LinkedHashMap<>();
        for (String word : typed) {
            int equals = word.indexOf('=');
            if (equals < 0) {
                throw Failure.usage(
                        "--label is '" + Escapes.visible(word) + "', which has no value", "e.g. --label team=blue");
            }
            labels.put(key("--label", word.substring(0, equals)), value("--label", word.substring(equals + 1)));
        }
        return labels.isEmpty() ? null : labels;
    }

    /// As the API takes them in a path; empty for none.
    static String query(List<String> selectors) {
        return selectors.stream()
                .map(word -> {
                    int equals = word.indexOf('=');
                    String key = key("-l", equals < 0 ? word : word.substring(0, equals));
                    return equals < 0 ? key : key + "=" + value("-l", word.substring(equals + 1));
                })
                .map(label -> "label=" + URLEncoder.encode(label, StandardCharsets.UTF_8))
                .collect(Collectors.joining("&"));
    }

    static String shown(Map<String, String> labels) {
        return labels.entrySet().stream()
                .map(label -> label.getKey() + "=" + label.getValue())
                .sorted()
                .collect(Collectors.joining(" "));
    }

    static String key(String option, String key) {
        if (!Labels.validKey(key)) {
            throw Failure.usage(
                    option + " has the key '" + Escapes.visible(key) + "', but it " + Labels.KEY_FORM,
                    "e.g. " + option + " team=blue");
        }
        return key;
    }

    private static String value(String option, String value) {
        if (!Labels.validValue(value)) {
            throw Failure.usage(
                    option + " has the value '" + Escapes.visible(value) + "', but it " + Labels.VALUE_FORM,
                    "e.g. " + option + " team=blue");
        }
        return value;
    }
}
