package dev.noid.worker.store;

/// What came of trying to claim an attempt.
public sealed interface Claim {
    /// It is ours.
    ///
    /// @param vm the row as it was before the claim
    record Won(VmRow vm) implements Claim {}

    /// An earlier start of this worker claimed it and did not end it.
    record Earlier(Unfinished work) implements Claim {}

    /// Somebody cancelled it before it began.
    record Cancelled(VmRow vm) implements Claim {}

    /// The VM has been replaced since this was placed, so it can never be claimed.
    record Outdated(VmRow vm) implements Claim {}

    /// Over, or not ours: nothing to do.
    record Stale(String why) implements Claim {}
}
