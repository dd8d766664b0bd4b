package dev.noid.gateway.submit;

import dev.noid.gateway.placement.Decision;
import java.util.List;

/// A request became this job.
///
/// @param decision  of placement, to be published after the commit
/// @param cancelled jobs it ended
record Accepted(String job, Decision decision, List<String> cancelled) {
    static Accepted of(String job, Decision decision) {
        return new Accepted(job, decision, List.of());
    }

    /// It was there before.
    static Accepted before(String job) {
        return of(job, new Decision(List.of(), List.of(), false));
    }
}
