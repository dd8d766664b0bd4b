package dev.noid.gateway.placement;

import dev.noid.gateway.store.Jobs;
import dev.noid.gateway.store.Placing;
import dev.noid.gateway.store.Tx;
import dev.noid.schema.job.JobError;
import dev.noid.schema.job.JobState;
import dev.noid.schema.job.Outcome;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// Decides where and when the queued jobs of one VM run.
public final class Placement {
    /// For a VM whose row this transaction holds already (it inserted or locked it). `fair` leaves a create or start
    /// alone when another one waits: the sweep has the order.
    public Decision ofHeld(Tx tx, String vm, boolean fair) {
        Placing placing = tx.placing();
        List<String> placed = new ArrayList<>();
        List<String> ended = new ArrayList<>();
        boolean noRoom = false;
        var next = placing.nextLifecycle(vm);
        if (next.isPresent()) {
            String job = next.get().job();
            boolean done =
                    switch (next.get().kind()) {
                        case CREATE -> room(placing, job, fair) && placing.placeCreate(job);
                        case START -> room(placing, job, fair) && placing.placeStart(job);
                        case STOP -> placing.placeOnItsHost(job);
                        case DESTROY -> placing.placeOnItsHost(job) || alreadyGone(tx, job, vm, ended);
                        case EXEC -> throw new IllegalStateException("an exec is no lifecycle job: " + job);
                    };
            if (done && !ended.contains(job)) {
                placed.add(job);
            }
            noRoom = !done;
        }
        placed.addAll(placing.placeExecs(vm));
        endHopeless(tx, vm, ended);
        return new Decision(placed.isEmpty() ? List.of() : placing.outgoing(placed), ended, noRoom);
    }

    /// For any VM; nothing when another gateway is deciding about it.
    public Decision of(Tx tx, String vm) {
        return tx.placing().lockVm(vm) ? ofHeld(tx, vm, false) : Decision.NOTHING;
    }

    /// An exec at its submit: it needs no room and no turn, only a VM that runs.
    public Decision ofExecs(Tx tx, String vm) {
        List<String> placed = tx.placing().placeExecs(vm);
        return placed.isEmpty() ? Decision.NOTHING : new Decision(tx.placing().outgoing(placed), List.of(), false);
    }

    private static boolean room(Placing placing, String job, boolean fair) {
        if (fair && placing.roomWaitedFor(job)) {
            return false;
        }
        placing.lockRoom();
        return true;
    }

    /// The create before it failed and was undone, or no host ever had it.
    private static boolean alreadyGone(Tx tx, String job, String vm, List<String> ended) {
        tx.vms().destroyUntouched(vm);
        if (tx.jobs().endWaiting(job, Outcome.succeeded(Map.of()))) {
            ended.add(job);
            return true;
        }
        return false;
    }

    private static void endHopeless(Tx tx, String vm, List<String> ended) {
        Jobs jobs = tx.jobs();
        var outcome = Outcome.ended(
                JobState.FAILED,
                JobError.user(
                        "vm_not_running", "The VM does not run, and nothing is about to start it.", "noid start"));
        for (String job : tx.placing().hopeless(vm)) {
            if (jobs.endWaiting(job, outcome)) {
                ended.add(job);
            }
        }
    }
}
