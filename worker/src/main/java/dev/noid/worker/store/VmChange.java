package dev.noid.worker.store;

import dev.noid.schema.vm.VmDesired;
import dev.noid.schema.vm.VmObserved;
import org.jspecify.annotations.Nullable;

/// A step of a VM's row, written only from states that may go there.
///
/// @param desired what nobody wants any more is not wanted again: a VM that ended by itself becomes desired `stopped`;
/// null leaves it
/// @param reason  why, when nobody asked for it; or what a stop cost
/// @param raised  the generation that has replaced the one it was; null leaves it
public record VmChange(
        VmObserved observed,
        @Nullable VmDesired desired,
        @Nullable String reason,
        @Nullable String bootId,
        @Nullable Long pid,
        @Nullable Long raised) {
    /// The reason of a VM whose stop was none of its guest's.
    public static final String UNSYNCED =
            "guest_killed: its guest did not end in time, so what it had written and not synced is lost";

    public static VmChange running(String bootId, long pid) {
        return new VmChange(VmObserved.RUNNING, null, null, bootId, pid, null);
    }

    /// Another VMM has replaced the one that ran, if one did.
    public static VmChange replaced(long generation, String bootId, long pid) {
        return new VmChange(VmObserved.RUNNING, VmDesired.RUNNING, null, bootId, pid, generation);
    }

    /// Another VMM had replaced the one that ran, and has ended.
    public static VmChange replacedAndFailed(long generation, String reason) {
        return new VmChange(VmObserved.FAILED, VmDesired.STOPPED, reason, null, null, generation);
    }

    public static VmChange to(VmObserved observed) {
        return new VmChange(observed, null, null, null, null, null);
    }

    public static VmChange stopped() {
        return new VmChange(VmObserved.STOPPED, VmDesired.STOPPED, null, null, null, null);
    }

    /// As somebody asked for.
    ///
    /// @param killed the guest did not answer, and had to be
    public static VmChange stopped(boolean killed) {
        return new VmChange(VmObserved.STOPPED, null, killed ? UNSYNCED : null, null, null, null);
    }

    public static VmChange failed(String reason) {
        return new VmChange(VmObserved.FAILED, VmDesired.STOPPED, reason, null, null, null);
    }

    public static VmChange destroyed() {
        return new VmChange(VmObserved.DESTROYED, VmDesired.DESTROYED, null, null, null, null);
    }

    /// @param reason of an end that nobody asked for
    public static VmChange ended(boolean orderly, @Nullable String reason) {
        return new VmChange(
                orderly ? VmObserved.STOPPED : VmObserved.FAILED, VmDesired.STOPPED, reason, null, null, null);
    }
}
