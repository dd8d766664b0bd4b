package dev.noid.gateway.store;

import java.util.List;
import java.util.stream.Collectors;
import org.jdbi.v3.core.statement.Query;
import org.jspecify.annotations.Nullable;

/// Labels that what is listed has to have, all of them.
public record LabelFilter(List<Wanted> wanted) {
    public static final LabelFilter NONE = new LabelFilter(List.of());

    /// A label that is asked for.
    ///
    /// @param value null when any will do
    public record Wanted(String key, @Nullable String value) {}

    boolean isEmpty() {
        return wanted.isEmpty();
    }

    /// A condition on a row of `job_labels`.
    String condition(String row, int number) {
        return row + ".key = :key" + number
                + (wanted.get(number).value() == null ? "" : " AND " + row + ".value = :value" + number);
    }

    /// Conditions on a column `labels`.
    String ofColumn(String column) {
        StringBuilder all = new StringBuilder();
        for (int i = 0; i < wanted.size(); i++) {
            all.append(" AND ")
                    .append(
                            wanted.get(i).value() == null
                                    ? "jsonb_exists(" + column + ", :key" + i + ")"
                                    : column + " @> jsonb_build_object(:key" + i + ", :value" + i + ")");
        }
        return all.toString();
    }

    Query bind(Query query) {
        Query bound = query;
        for (int i = 0; i < wanted.size(); i++) {
            bound = bound.bind("key" + i, wanted.get(i).key());
            if (wanted.get(i).value() != null) {
                bound = bound.bind("value" + i, wanted.get(i).value());
            }
        }
        return bound;
    }

    /// As they were asked for.
    @Override
    public String toString() {
        return wanted.stream()
                .map(label -> label.value() == null ? label.key() : label.key() + "=" + label.value())
                .collect(Collectors.joining(","));
    }
}
