package dev.noid.gateway.http;

import dev.noid.gateway.store.LabelFilter;
import dev.noid.schema.Labels;
import java.util.List;

/// `label=key=value` and `label=key` of lists, any number of times.
final class LabelParameters {
    private LabelParameters() {}

    static LabelFilter wanted(List<String> parameters) {
        if (parameters.size() > Labels.MOST) {
            throw Parameters.bad(
                    "label", "is there " + parameters.size() + " times, but may be " + Labels.MOST + " times");
        }
        return new LabelFilter(
                parameters.stream().map(LabelParameters::wanted).distinct().toList());
    }

    private static LabelFilter.Wanted wanted(String text) {
        int equals = text.indexOf('=');
        String key = equals < 0 ? text : text.substring(0, equals);
        String value = equals < 0 ? null : text.substring(equals + 1);
        if (!Labels.validKey(key)) {
            throw Parameters.bad("label", "has the key '" + key + "', but it " + Labels.KEY_FORM);
        }
        if (value != null && !Labels.validValue(value)) {
            throw Parameters.bad("label", "has the value '" + value + "', but it " + Labels.VALUE_FORM);
        }
        return new LabelFilter.Wanted(key, value);
    }
}
