package dev.noid.worker.store;

/// Who this host is.
///
/// @param startId   names this process
/// @param partition of `noid.commands` and `noid.input`
public record HostRow(String id, String startId, int partition) {}
