package dev.noid.gateway.submit;

import dev.noid.gateway.store.JobRow;
import dev.noid.schema.api.Problem;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What a fork became.
///
/// @param checkpoint id of what is forked
/// @param items      one per fork asked for, in order
public record Forked(String checkpoint, List<Item> items) {
    /// @param job     the create; null when it was refused
    /// @param problem why it was refused
    public record Item(
            String name, @Nullable JobRow job, @Nullable Problem problem) {}
}
