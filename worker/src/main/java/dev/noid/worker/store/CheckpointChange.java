package dev.noid.worker.store;

import java.util.List;
import java.util.Map;

/// What the end of a job says of checkpoints, written together with it.
public sealed interface CheckpointChange {
    /// It is whole and durable. A row that is not `pending` any more stays what it is.
    ///
    /// @param fingerprint what has to be the same to load it
    /// @param files       what it is made of
    record Complete(
            String id, Map<String, String> fingerprint, List<File> files, double pauseMillis, double totalMillis)
            implements CheckpointChange {}

    /// Nothing is left of it. A row that is not `pending` any more stays what it is.
    record Failed(String id) implements CheckpointChange {}

    /// The VM goes on from it: its place in its tree.
    record Current(String id) implements CheckpointChange {}

    /// @param name  the same wherever the same file is linked, so that its bytes count once
    /// @param bytes allocated
    record File(String name, long bytes) {}
}
