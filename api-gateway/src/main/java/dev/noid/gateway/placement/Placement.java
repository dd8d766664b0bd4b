package dev.noid.gateway.placement;

import dev.noid.gateway.store.Jobs;
import dev.noid.gateway.store.Placing;
import dev.noid.gateway.store.Queue;
import dev.noid.gateway.store.Tx;
import dev.noid.schema.checkpoint.CheckpointState;
import dev.noid.schema.job.JobError;
import dev.noid.schema.job.JobState;
import dev.noid.schema.job.Outcome;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Decides where and when the queued jobs of one VM run.
public final class Placement {
    /// For a VM whose row this transaction holds already (it inserted or locked it). `fair` leaves a create or start
    /// alone when another one waits: the sweep has the order.
    public Decision ofHeld(Tx tx, String vm, boolean fair) {
        Placing placing = tx.placing();
        Queue queue = tx.queue();
        List<String> placed = new ArrayList<>();
        List<String> ended = new ArrayList<>();
        boolean noRoom = false;
        var next = queue.nextLifecycle(vm);
        while (next.isPresent()) {
            Turn turn = turn(tx, vm, next.get(), fair, ended);
            if (turn == Turn.PLACED) {
                placed.add(next.get().job());
            }
            noRoom = turn == Turn.WAITS;
            // What came to nothing makes room for the one behind it.
            next = turn == Turn.ENDED ? queue.nextLifecycle(vm) : Optional.empty();
        }
        placed.addAll(placing.placeExecs(vm));
        endHopeless(tx, vm, ended);
        return new Decision(placed.isEmpty() ? List.of() : tx.outbox().outgoing(placed), ended, noRoom);
    }

    /// The create, from an image, of a VM that this transaction inserted: nothing else can wait for its turn there.
    public Decision ofCreate(Tx tx, String job) {
        Placing placing = tx.placing();
        boolean placed = room(tx, job, true) && placing.placeCreate(job);
        return new Decision(placed ? tx.outbox().outgoing(List.of(job)) : List.of(), List.of(), !placed);
    }

    private enum Turn {
        PLACED,
        WAITS,
        ENDED
    }

    private static Turn turn(Tx tx, String vm, Queue.Next next, boolean fair, List<String> ended) {
        Placing placing = tx.placing();
        String job = next.job();
        return switch (next.kind()) {
            case CREATE -> {
                if (next.from() == null || next.from() == CheckpointState.COMPLETE) {
                    yield placedOr(Turn.WAITS, room(tx, job, fair) && placing.placeCreate(job));
                }
                yield next.from() == CheckpointState.PENDING ? Turn.WAITS : nothingToForkFrom(tx, job, vm, ended);
            }
            case START -> {
                if (room(tx, job, fair) && placing.placeStart(job)) {
                    yield Turn.PLACED;
                }
                // Asked for twice, before the first one ran.
                yield placing.runs(vm) ? end(tx, job, ended, Outcome.succeeded(Map.of())) : Turn.WAITS;
            }
            case STOP -> placedOr(Turn.WAITS, placing.placeOnItsHost(job));
            case CHECKPOINT ->
                placing.placeCheckpoint(next, vm) ? Turn.PLACED : end(tx, job, ended, failed(notRunning()));
            case RESTORE -> {
                if (room(tx, job, fair) && placing.placeRestore(next, vm)) {
                    yield Turn.PLACED;
                }
                yield placing.tooLargeToRestore(vm) ? end(tx, job, ended, failed(tooLarge())) : Turn.WAITS;
            }
            case DESTROY -> placing.placeOnItsHost(job) ? Turn.PLACED : alreadyGone(tx, job, vm, ended);
            case EXEC -> throw new IllegalStateException("an exec is no lifecycle job: " + job);
        };
    }

    private static Turn placedOr(Turn otherwise, boolean placed) {
        return placed ? Turn.PLACED : otherwise;
    }

    /// For any VM; nothing when another gateway is deciding about it.
    public Decision of(Tx tx, String vm) {
        return tx.placing().lockVm(vm) ? ofHeld(tx, vm, false) : Decision.NOTHING;
    }

    /// An exec at its submit: it needs no room and no turn, only a VM that runs.
    public Decision ofExecs(Tx tx, String vm) {
        List<String> placed = tx.placing().placeExecs(vm);
        return placed.isEmpty() ? Decision.NOTHING : new Decision(tx.outbox().outgoing(placed), List.of(), false);
    }

    private static boolean room(Tx tx, String job, boolean fair) {
        if (fair && tx.queue().roomWaitedFor(job)) {
            return false;
        }
        tx.placing().lockRoom();
        return true;
    }

    /// The create before it failed and was undone, or no host ever had it.
    private static Turn alreadyGone(Tx tx, String job, String vm, List<String> ended) {
        tx.vms().destroyUntouched(vm);
        return end(tx, job, ended, Outcome.succeeded(Map.of()));
    }

    /// Its checkpoint came to nothing. As with any create that fails, no VM stays.
    private static Turn nothingToForkFrom(Tx tx, String job, String vm, List<String> ended) {
        JobError why = JobError.user(
                "checkpoint_failed",
                "The checkpoint it was to go on from could not be made.",
                "noid job ls says why; then fork again");
        Turn turn = end(tx, job, ended, failed(why));
        tx.vms().destroyUntouched(vm);
        ended.addAll(tx.jobs()
                .cancelWaiting(vm, job, JobError.user("vm_destroyed", "The VM's create came to nothing.", null)));
        return turn;
    }

    private static Turn end(Tx tx, String job, List<String> ended, Outcome outcome) {
        if (!tx.jobs().endWaiting(job, outcome)) {
            return Turn.WAITS;
        }
        ended.add(job);
        return Turn.ENDED;
    }

    private static void endHopeless(Tx tx, String vm, List<String> ended) {
        Jobs jobs = tx.jobs();
        for (String job : tx.queue().hopeless(vm)) {
            if (jobs.endWaiting(job, failed(notRunning()))) {
                ended.add(job);
            }
        }
    }

    private static Outcome failed(JobError why) {
        return Outcome.ended(JobState.FAILED, why);
    }

    private static JobError notRunning() {
        return JobError.user("vm_not_running", "The VM does not run, and nothing is about to start it.", "noid start");
    }

    private static JobError tooLarge() {
        return JobError.user(
                "restore_too_large",
                "Its host has no room for a second VMM of this size beside the one that runs.",
                "stop the VM first: noid stop");
    }
}
