package dev.noid.worker.job;

import dev.noid.schema.ExecId;
import dev.noid.schema.job.JobKind;
import dev.noid.schema.job.JobSpec;
import dev.noid.schema.record.Command;
import dev.noid.schema.record.Event;
import dev.noid.schema.record.Input;
import dev.noid.worker.CrashPoints;
import dev.noid.worker.guest.Guest;
import dev.noid.worker.publish.EventPublisher;
import dev.noid.worker.publish.OutputOffsets;
import dev.noid.worker.publish.OutputPublisher;
import dev.noid.worker.store.AttemptRows;
import dev.noid.worker.store.Database;
import dev.noid.worker.store.Unclaimed;
import dev.noid.worker.store.Unfinished;
import dev.noid.worker.store.VmRows;
import dev.noid.worker.store.WorkRows;
import dev.noid.worker.vm.LiveVm;
import dev.noid.worker.vm.VmLife;
import dev.noid.worker.vm.VmWatch;
import dev.noid.worker.vm.Vms;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// All attempts in this process, and the one way in for what others want of them. Nothing here waits: each attempt has
/// a thread of its own. An exec too many is dropped, because it comes again.
public final class Attempts {
    private static final Logger log = LoggerFactory.getLogger(Attempts.class);
    /// Execs that were not begun yet are taken up to here, of all VMs. What changes a VM is always taken: it is
    /// one per VM, and it may be the destroy that makes room.
    private static final int MOST = 4096;

    private final Map<ExecId, Attempt> attempts = new ConcurrentHashMap<>();
    /// Ended ones whose event is waiting for the broker.
    private final Set<ExecId> saying = ConcurrentHashMap.newKeySet();
    private final AtomicLong dropped = new AtomicLong();
    private final Workshop shop;
    private final WorkRows work;
    private final VmRows vmRows;
    private volatile boolean closed;

    public Attempts(
            AttemptRows rows,
            WorkRows work,
            VmRows vmRows,
            Vms vms,
            VmLife life,
            VmWatch watch,
            EventPublisher events,
            OutputPublisher output,
            OutputOffsets offsets,
            CrashPoints crash,
            Checkpointing checkpointing) {
        this.work = work;
        this.vmRows = vmRows;
        this.shop = new Workshop(
                rows,
                vms,
                life,
                watch,
                new Outcomes(rows, events, offsets, crash),
                events,
                output,
                offsets,
                crash,
                checkpointing,
                () -> closed);
    }

    public void take(Command command) {
        switch (command) {
            case Command.StartAttempt start -> begin(Assignment.of(start), null);
            case Command.CancelAttempt cancel -> cancel(cancel);
            case Command.SignalExec signal -> signal(signal);
        }
    }

    public void take(Input input) {
        if (attempts.get(input.exec()) instanceof ExecAttempt exec) {
            exec.input(input);
        }
    }

    /// A command could not be read, but the job it was for: that one fails, when it still waits.
    public void unreadable(String job, String reason) {
        background("refuse-" + job, () -> work.unclaimed(job).ifPresent(waiting -> {
            Assignment assignment = Assignment.of(waiting);
            shop.outcomes()
                    .refuse(assignment.ending(
                            Refusals.badCommand(reason), Refusals.change(waiting.spec(), waiting.vm())));
        }));
    }

    /// Brings what runs here and what the rows say together again: what is open goes on, and agents of VMs that
    /// were taken over end and forget what is over, if the worker before this one had no time to tell them. To be
    /// called before any command is taken, and now and then.
    public void reconcile() {
        // Before the rows are read: what ends meanwhile is no longer open in them.
        List<LiveVm> fresh = shop.vms().all().stream().filter(LiveVm::isFresh).toList();
        Set<ExecId> open = goOn();
        for (LiveVm vm : fresh) {
            Guest guest = vm.machine().guest();
            guest.known().stream()
                    .filter(id -> !open.contains(id) && !attempts.containsKey(id))
                    .forEach(guest::abandon);
        }
    }

    private Set<ExecId> goOn() {
        Set<String> here = jobs();
        List<Unfinished> unfinished = work.unfinished(here);
        for (Unfinished open : unfinished) {
            if (open.outcome() == null) {
                begin(Assignment.of(open), open);
            } else if (!attempts.containsKey(open.attempt()) && saying.add(open.attempt())) {
                background("say-again-" + open.attempt(), () -> sayAgain(open));
            }
        }
        for (Unclaimed waiting : work.unclaimed(here)) {
            if (!waiting.cancelled()) {
                begin(Assignment.of(waiting), null);
            } else if (!attempts.containsKey(waiting.attempt())) {
                background("refuse-" + waiting.attempt(), () -> refuseCancelled(waiting));
            }
        }
        return unfinished.stream().map(Unfinished::attempt).collect(Collectors.toSet());
    }

    private Set<String> jobs() {
        return attempts.keySet().stream().map(ExecId::job).collect(Collectors.toSet());
    }

    private void sayAgain(Unfinished ended) {
        try {
            shop.outcomes().sayAgain(ended);
        } finally {
            saying.remove(ended.attempt());
        }
        if (ended.spec() instanceof JobSpec.Exec) {
            shop.vms()
                    .find(ended.vm().id(), ended.generation())
                    .ifPresent(vm -> vm.machine().guest().forget(ended.attempt()));
        }
    }

    private void refuseCancelled(Unclaimed waiting) {
        shop.outcomes()
                .refuse(Assignment.of(waiting)
                        .ending(Refusals.cancelled(), Refusals.change(waiting.spec(), waiting.vm())));
    }

    private void begin(Assignment assignment, @Nullable Unfinished open) {
        if (closed) {
            return;
        }
        if (open == null && assignment.kind() == JobKind.EXEC && attempts.size() >= MOST) {
            log.warn(
                    "too many attempts, command dropped job={} dropped={}",
                    assignment.attempt().job(),
                    dropped.incrementAndGet());
            return;
        }
        Attempt attempt =
                switch (assignment.spec()) {
                    case JobSpec.Exec exec -> new ExecAttempt(assignment, exec, shop);
                    case JobSpec.Create _,
                            JobSpec.Start _,
                            JobSpec.Stop _,
                            JobSpec.Destroy _,
                            JobSpec.Checkpoint _,
                            JobSpec.Restore _ -> new LifecycleAttempt(assignment, shop);
                };
        if (attempts.putIfAbsent(assignment.attempt(), attempt) != null) {
            return; // A duplicate: it is being done.
        }
        // What copies files would keep a carrier from the many that only wait for sockets.
        Thread.Builder thread = assignment.kind() == JobKind.EXEC
                ? Thread.ofVirtual()
                : Thread.ofPlatform().daemon();
        background(thread, "attempt-" + assignment.attempt(), () -> {
            try {
                if (open == null) {
                    attempt.run();
                } else {
                    attempt.resume(open);
                }
            } finally {
                attempts.remove(assignment.attempt());
            }
        });
    }

    private void cancel(Command.CancelAttempt command) {
        ExecId id = new ExecId(command.job(), command.attempt());
        Attempt running = attempts.get(id);
        if (running != null) {
            running.cancel();
        }
        // One that is here may still wait for its place, behind execs that never end, and so not be claimed.
        background("cancel-" + id, () -> work.unclaimed(command.job()).ifPresent(waiting -> {
            if (waiting.cancelled() && waiting.attempt().equals(id)) {
                refuseCancelled(waiting);
            }
        }));
    }

    private void signal(Command.SignalExec command) {
        ExecId id = new ExecId(command.job(), command.attempt());
        if (attempts.get(id) instanceof ExecAttempt exec) {
            exec.signal(command);
        } else {
            background("signal-" + command.signal(), () -> vmRows.find(command.vm())
                    .ifPresent(vm -> {
                        shop.events()
                                .hint(
                                        vm.partition(),
                                        new Event.SignalAnswered(
                                                vm.id(),
                                                vm.generation(),
                                                command.job(),
                                                command.attempt(),
                                                command.signal(),
                                                false,
                                                "it does not run"));
                    }));
        }
    }

    private interface Work {
        void run() throws InterruptedException;
    }

    /// What fails here is open in the rows, so the next sweep takes it up again.
    private void background(String name, Work task) {
        background(Thread.ofVirtual(), name, task);
    }

    private void background(Thread.Builder thread, String name, Work task) {
        var _ = thread.name(name).start(() -> {
            try {
                task.run();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } catch (RuntimeException e) {
                if (Database.transientFault(e)) {
                    log.warn("{} not done, database away, taken up again later", name);
                } else if (!closed) {
                    log.error("{} failed, taken up again later", name, e);
                }
            }
        });
    }

    /// Takes nothing new. What runs in VMs goes on without us.
    public void close() {
        closed = true;
    }
}
