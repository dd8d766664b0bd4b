package dev.noid.schema.api;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// Reply to `POST /vms/{name}/fork`.
///
/// @param checkpoint id of what is forked
/// @param items      one per fork asked for, in order
/// @param succeeded  jobs that ended well so far
/// @param failed     forks that were refused or whose job ended otherwise
public record Fork(String checkpoint, List<Item> items, int succeeded, int failed) {
    /// @param job     the create; null when it was refused
    /// @param problem why it was refused
    public record Item(
            String name, @Nullable Job job, @Nullable Problem problem) {}
}
