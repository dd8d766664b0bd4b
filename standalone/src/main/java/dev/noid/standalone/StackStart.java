package dev.noid.standalone;

import java.util.List;

/// How [Stack#open] and [Stack#start] ended.
public sealed interface StackStart {
    record Started(Stack stack) implements StackStart {}

    /// Another supervisor has this data directory.
    record AlreadyRunning(long pid, String url, boolean healthy) implements StackStart {}

    /// Nothing was started and nothing changed.
    record Refused(String what, String hint) implements StackStart {}

    /// A part did not come up; what had started was stopped.
    record Failed(String part, String why, List<String> lastLines) implements StackStart {}

    /// For those who have no other plan.
    default Stack orThrow() {
        if (this instanceof Started(Stack stack)) {
            return stack;
        }
        throw new IllegalStateException(toString());
    }
}
