package dev.noid.worker.job;

import dev.noid.worker.guest.ExecListener;
import dev.noid.worker.guest.GuestExit;
import dev.noid.worker.vm.LiveVm;
import org.jspecify.annotations.Nullable;

/// How an exec came to its end, seen from this host. The first one heard holds.
sealed interface ExecEnd {
    record Exit(GuestExit exit) implements ExecEnd {}

    record Refused(ExecListener.Refusal why, String detail) implements ExecEnd {}

    /// It was cancelled, and the guest had not heard of it.
    record NeverBegan() implements ExecEnd {}

    /// Its time was over, or somebody cancelled it, and the guest did not say in time that it has ended.
    record Unanswered(boolean cancelled) implements ExecEnd {}

    /// The guest is another one now.
    record OtherGuest() implements ExecEnd {}

    /// @param fate what this worker was doing to the VM
    record VmEnded(LiveVm.Fate fate, @Nullable String reason) implements ExecEnd {}
}
