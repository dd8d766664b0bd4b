package dev.noid.gateway.submit;

import dev.noid.gateway.placement.Decision;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What a request came to the first time it was seen.
///
/// @param reply    to it
/// @param job      that it became; null when it became none
/// @param kept     the reply as JSON, when it is more than the job; null otherwise
/// @param decision of placement, to be published after the commit
/// @param changed  jobs it ended or changed
record Fresh<T>(T reply, @Nullable String job, @Nullable String kept, Decision decision, List<String> changed) {}
