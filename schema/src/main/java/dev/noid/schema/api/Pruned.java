package dev.noid.schema.api;

import java.util.List;

/// Reply to `POST /vms/{name}/checkpoints/prune`.
///
/// @param removed what goes, or with `dryRun` would go
/// @param kept    ids of the rest
public record Pruned(List<Checkpoint> removed, List<String> kept, boolean dryRun) {}
