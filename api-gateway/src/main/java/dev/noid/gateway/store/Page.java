package dev.noid.gateway.store;

import org.jdbi.v3.core.statement.Query;
import org.jspecify.annotations.Nullable;

/// Where a page of a list begins, as text of the statement, and so is its length: a plan is made once for all values,
/// and one that has to be right without a cursor too, or for a page of any length, reads the whole table.
final class Page {
    private Page() {}

    /// @param condition with `:cursor`; none for the first page
    static String beyond(String condition, @Nullable Object cursor) {
        return cursor == null ? "" : " AND " + condition;
    }

    static Query at(@Nullable Object cursor, Query query) {
        return cursor == null ? query : query.bind("cursor", cursor);
    }
}
