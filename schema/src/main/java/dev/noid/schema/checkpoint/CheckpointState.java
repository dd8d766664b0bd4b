package dev.noid.schema.checkpoint;

import static java.util.Map.entry;

import dev.noid.schema.Transition;
import java.util.List;
import java.util.Locale;

/// Where a checkpoint is. The legal steps are [#TRANSITIONS], which the database enforces too.
public enum CheckpointState {
    /// Its job is open. Never listed as something to go back to.
    PENDING,
    /// Whole and durable. Never changes any more, until it is removed.
    COMPLETE,
    /// Its job came to nothing, and nothing is left of it.
    FAILED,
    /// Somebody or a policy removes it; its host still has files.
    REMOVING,
    REMOVED;

    public static final List<Transition<CheckpointState>> TRANSITIONS = List.of(
                    entry("PENDING COMPLETE", "made durable"),
                    entry("PENDING FAILED", "its job came to nothing"),
                    entry("COMPLETE REMOVING", "removed by somebody or by a policy"),
                    entry("REMOVING REMOVED", "its host removed the files"))
            .stream()
            .map(step -> {
                String[] ends = step.getKey().split(" ", 2);
                return new Transition<>(
                        CheckpointState.valueOf(ends[0]), CheckpointState.valueOf(ends[1]), step.getValue());
            })
            .toList();

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
