package dev.noid.gateway.http;

import dev.noid.schema.Labels;
import dev.noid.schema.api.ChangeVm;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// How long a VM is wanted and what it is called, wherever a body says it; checked as [Bodies] are.
final class VmBodies {
    /// Ten years.
    private static final long TTL_MOST = 315_360_000;
    private static final int IDLE_MOST = 31_536_000;
    /// A client that is silent for longer than an hour has no use for a lease.
    private static final int LEASE_MOST = 3_600;

    private VmBodies() {}

    static @Nullable Long ttl(Fields fields) {
        return fields.number("ttlSeconds", 1, TTL_MOST);
    }

    static @Nullable Integer idleStop(Fields fields) {
        return fields.integer("idleStopSeconds", 1, IDLE_MOST);
    }

    static @Nullable Integer lease(Fields fields) {
        return fields.integer("leaseSeconds", 1, LEASE_MOST);
    }

    static ChangeVm change(JsonNode json) {
        Fields fields = new Fields(json);
        ChangeVm body = new ChangeVm(
                fields.number("ttlSeconds", 0, TTL_MOST),
                fields.integer("idleStopSeconds", 0, IDLE_MOST),
                fields.integer("leaseSeconds", 0, LEASE_MOST),
                labels(fields, true));
        fields.finish();
        return body;
    }

    static @Nullable Map<String, String> labels(Fields fields) {
        Map<String, @Nullable String> read = labels(fields, false);
        if (read == null) {
            return null;
        }
        Map<String, String> labels = new LinkedHashMap<>();
        read.forEach((key, value) -> labels.put(key, Objects.requireNonNull(value)));
        return labels;
    }

    /// @param nulls a label may be null
    private static @Nullable Map<String, @Nullable String> labels(Fields fields, boolean nulls) {
        JsonNode node = fields.object("labels");
        if (node == null) {
            return null;
        }
        if (node.size() > Labels.MOST) {
            fields.error("labels", "must have at most " + Labels.MOST + " entries, but has " + node.size());
            return null;
        }
        Map<String, @Nullable String> labels = new LinkedHashMap<>();
        node.properties().forEach(entry -> {
            String key = entry.getKey();
            JsonNode value = entry.getValue();
            String pointer = "labels/" + Fields.escape(key);
            if (!Labels.validKey(key)) {
                fields.error(pointer, "has the key '" + key + "', but it " + Labels.KEY_FORM);
            } else if (value.isNull() && nulls) {
                labels.put(key, null);
            } else if (!value.isString()) {
                fields.error(pointer, "must be a string" + (nulls ? ", or null to take it away" : ""));
            } else if (!Labels.validValue(value.stringValue())) {
                fields.error(pointer, "is '" + value.stringValue() + "', but " + Labels.VALUE_FORM);
            } else {
                labels.put(key, value.stringValue());
            }
        });
        return labels;
    }
}
