package dev.noid.gateway.store;

import dev.noid.schema.api.Checkpoint;
import dev.noid.schema.job.JobSpec.Shape;
import org.jspecify.annotations.Nullable;

/// One checkpoint, and what deciding on it needs besides.
///
/// @param view     as people see it
/// @param digest   of its image
/// @param hostId   that has its files
/// @param hostGone that host has not been heard of for 30 s
public record CheckpointRow(
        Checkpoint view, String digest, @Nullable String hostId, boolean hostGone) {
    public String id() {
        return view.id();
    }

    public Shape shape() {
        return new Shape(view.memoryMib(), view.cpus(), view.diskMib());
    }
}
