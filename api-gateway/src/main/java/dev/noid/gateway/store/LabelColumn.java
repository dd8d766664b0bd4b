package dev.noid.gateway.store;

import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

/// Labels as a column holds them: a JSON object, or null for none.
final class LabelColumn {
    private static final TypeReference<Map<String, String>> MAP = new TypeReference<>() {};

    private LabelColumn() {}

    static @Nullable Map<String, String> read(JsonMapper json, @Nullable String column) {
        return column == null ? null : json.readValue(column, MAP);
    }

    static @Nullable String written(JsonMapper json, @Nullable Map<String, String> labels) {
        return labels == null || labels.isEmpty() ? null : json.writeValueAsString(labels);
    }
}
