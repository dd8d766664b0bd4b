package dev.noid.gateway.live;

import dev.noid.schema.Deadline;
import java.time.Duration;

/// What a watcher of an exec's output wants.
///
/// @param token      whose it is: how many read at once is counted by it
/// @param stdoutFrom first byte wanted
/// @param enough     bytes of each stream after which the watcher needs no more; Long.MAX_VALUE for all
/// @param follow     go on until the job is over; otherwise until what is there now has been said
/// @param deadline   by which it ends whatever comes
public record Follow(String token, long stdoutFrom, long stderrFrom, long enough, boolean follow, Deadline deadline) {
    /// A stream's longest life, because only its beginning checks the token. Whoever wants more comes again from
    /// the last offset.
    public static final Duration LONGEST = Duration.ofHours(1);

    /// It is worth waiting for more.
    boolean goesOn() {
        return follow && !deadline.passed();
    }
}
