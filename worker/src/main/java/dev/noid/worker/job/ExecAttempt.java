package dev.noid.worker.job;

import dev.noid.schema.ExecId;
import dev.noid.schema.job.JobSpec;
import dev.noid.schema.job.JobState;
import dev.noid.schema.job.Outcome;
import dev.noid.schema.record.Command;
import dev.noid.schema.record.Event;
import dev.noid.schema.record.Input;
import dev.noid.schema.record.Output;
import dev.noid.schema.record.Stream;
import dev.noid.worker.CrashPoint;
import dev.noid.worker.CrashPoint.Moment;
import dev.noid.worker.engine.Machine;
import dev.noid.worker.guest.ExecListener;
import dev.noid.worker.guest.Guest;
import dev.noid.worker.guest.GuestExec;
import dev.noid.worker.guest.GuestExit;
import dev.noid.worker.store.Claim;
import dev.noid.worker.store.Ending;
import dev.noid.worker.store.ExecClaim;
import dev.noid.worker.store.Unfinished;
import dev.noid.worker.store.VmRow;
import dev.noid.worker.vm.LiveVm;
import dev.noid.worker.vm.Resident;
import dev.noid.worker.vm.Timing;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One try of an exec: claimed, started or attached in the guest, its output carried to Kafka, ended.
final class ExecAttempt implements Attempt, ExecListener, Resident {
    private static final Logger log = LoggerFactory.getLogger(ExecAttempt.class);

    /// What is over sooner is told as one event instead of two.
    private static final Duration SHORT = Duration.ofMillis(20);

    private static final Duration LOOK_AGAIN = Duration.ofMillis(250);

    private final Assignment assignment;
    private final JobSpec.Exec spec;
    private final Workshop shop;
    private final Timing timing = new Timing(System::nanoTime);
    private final CompletableFuture<ExecEnd> end = new CompletableFuture<>();
    private final HostLimit limit;
    private final SignalDesk signals = new SignalDesk();
    /// Guards the handle against what wants to be done with it before it is there.
    private final Object handleLock = new Object();
    private @Nullable GuestExec handle;
    private @Nullable Duration kill;
    private boolean cancelled;
    private volatile @Nullable ExecOutput output;

    ExecAttempt(Assignment assignment, JobSpec.Exec spec, Workshop shop) {
        this.assignment = assignment;
        this.spec = spec;
        this.shop = shop;
        this.limit = new HostLimit(assignment.attempt(), spec, end);
    }

    @Override
    public Assignment assignment() {
        return assignment;
    }

    @Override
    public void run() throws InterruptedException {
        if (shop.vms().unsettled(assignment.vm())) {
            log.info(
                    "command dropped, comes again: its vm does not answer yet vm={} job={}",
                    assignment.vm(),
                    id().job());
            return;
        }
        Optional<LiveVm> vm = shop.vms().find(assignment.vm(), assignment.generation());
        if (vm.isEmpty()) {
            claim(vm);
            return;
        }
        if (!vm.get().enterExec()) {
            log.info("command dropped, comes again: its vm is full vm={} job={}", assignment.vm(), id().job());
            return;
        }
        try {
            // Looked for again: one that waited while its VM ended never began, and is not lost.
            claim(shop.vms().find(assignment.vm(), assignment.generation()));
        } finally {
            vm.get().leaveExec();
        }
    }

    private void claim(Optional<LiveVm> vm) throws InterruptedException {
        String bootId = vm.map(it -> it.machine().guest().bootId()).orElse(null);
        long firstOffset = shop.offsets().lowerBound(assignment.partition());
        Claim claim =
                shop.rows().claim(new ExecClaim(id(), assignment.vm(), assignment.generation(), bootId, firstOffset));
        switch (claim) {
            case Claim.Won(VmRow row) -> {
                timing.lap("claim");
                log.info(
                        "attempt claimed kind=exec vm={} job={} attempt={}",
                        assignment.vm(),
                        id().job(),
                        id().attempt());
                shop.crash().hit(assignment.kind(), Moment.AFTER_CLAIM);
                if (vm.isPresent()) {
                    carry(vm.get(), firstOffset, Duration.ZERO);
                } else {
                    ExecOutcome outcomes = outcomes(LiveVm.Fate.RUNS, firstOffset);
                    finish(restored().map(outcomes::restored).orElseGet(() -> outcomes.notRunning(row)));
                }
            }
            case Claim.Earlier(Unfinished work) -> goOn(work);
            case Claim.Cancelled _ -> shop.outcomes().refuse(assignment.ending(Refusals.cancelled(), null));
            case Claim.Outdated(VmRow row) ->
                shop.outcomes()
                        .refuse(assignment.ending(
                                restored().map(Refusals::restored).orElseGet(() -> Refusals.outdated(row)), null));
            case Claim.Stale(String why) ->
                log.debug("command dropped job={} attempt={} why=\"{}\"", id().job(), id().attempt(), why);
        }
    }

    /// The checkpoint that its VM has been put back to since, if it has.
    private Optional<String> restored() {
        return shop.vms().find(assignment.vm()).map(LiveVm::record).flatMap(record -> {
            Long replaced = record.replaced();
            return replaced != null && replaced >= assignment.generation()
                    ? Optional.ofNullable(record.source())
                    : Optional.empty();
        });
    }

    @Override
    public void resume(Unfinished work) throws InterruptedException {
        Optional<LiveVm> entered =
                shop.vms().find(assignment.vm(), assignment.generation()).filter(LiveVm::enterRunningExec);
        try {
            goOn(work);
        } finally {
            entered.ifPresent(LiveVm::leaveExec);
        }
    }

    private void goOn(Unfinished work) throws InterruptedException {
        if (work.state() == JobState.CANCELLING) {
            cancel();
        }
        if (shop.vms().unsettled(assignment.vm()) && !settled(work)) {
            return;
        }
        Optional<LiveVm> vm = shop.vms().find(assignment.vm(), assignment.generation());
        String boot = vm.map(it -> it.machine().guest().bootId()).orElse(null);
        if (!shop.rows().takeOver(id(), null)) {
            return;
        }
        ExecOutcome outcomes = outcomes(LiveVm.Fate.RUNS, work.outputOffset());
        Optional<String> restored = restored();
        if (restored.isPresent()) {
            finish(outcomes.restored(restored.get()));
            return;
        }
        if (vm.isEmpty() || !Objects.equals(boot, work.bootId())) {
            // Claimed against no guest: it never began.
            finish(
                    work.bootId() == null
                            ? outcomes.notRunning(work.vm())
                            : outcomes.vmGone(work.vm(), work.generation()));
            return;
        }
        log.info("attempt goes on kind=exec vm={} job={} attempt={}", assignment.vm(), id().job(), id().attempt());
        boolean began = vm.get().machine().guest().known().contains(id());
        carry(vm.get(), work.outputOffset(), began ? work.age() : Duration.ZERO);
    }

    /// Waits until the VM answers: until then the exec's fate is not known, and not guessed. False when the exec's time
    /// was over by this host's clock before that, or this worker's.
    private boolean settled(Unfinished work) throws InterruptedException {
        log.info(
                "attempt waits until its vm answers vm={} job={} attempt={}",
                assignment.vm(),
                id().job(),
                id().attempt());
        long since = System.nanoTime();
        while (shop.vms().unsettled(assignment.vm())) {
            Optional<ExecEnd.Unanswered> over = limit.over(work.age().plusNanos(System.nanoTime() - since));
            if (over.isPresent()) {
                if (shop.rows().takeOver(id(), null)) {
                    finish(outcomes(LiveVm.Fate.RUNS, work.outputOffset()).of(over.get()));
                }
                return false;
            }
            if (shop.closing().getAsBoolean()) {
                return false;
            }
            Thread.sleep(LOOK_AGAIN);
        }
        return true;
    }

    /// The agent starts what it does not know and attaches what it knows, so both are one call. What is cancelled
    /// by now is not started.
    private GuestExec begin(Guest guest) {
        return cancelled() ? guest.attach(id(), this) : guest.start(id(), spec, this);
    }

    /// @param ran how long the guest has had it
    private void carry(LiveVm vm, long firstOffset, Duration ran) throws InterruptedException {
        Guest guest = vm.machine().guest();
        ExecOutput carried = new ExecOutput(
                id(),
                spec.outputLimitBytes(),
                vm.output(),
                this::publish,
                () -> kill(Duration.ZERO),
                this::acknowledge);
        output = carried;
        vm.enter(this);
        try {
            hold(begin(guest), carried);
            limit.in(guest, ran);
            shop.crash().hit(CrashPoint.EXEC_AFTER_START);
            ExecEnd how = awaitEnd();
            timing.lap(how instanceof ExecEnd.Exit ? "run" : "until_end");
            flushed(carried, how);
            timing.lap("output_flush");
            finish(outcomes(vm.fate(), firstOffset).of(how));
            shop.crash().hit(CrashPoint.EXEC_BEFORE_FORGET);
            if (how instanceof ExecEnd.Unanswered) {
                guest.abandon(id());
            } else {
                guest.forget(id());
            }
        } catch (ExecutionException bug) {
            throw new IllegalStateException(bug);
        } finally {
            vm.leave(this);
        }
    }

    /// Who waits for it is told that it has begun only when it is not over at once.
    private ExecEnd awaitEnd() throws InterruptedException, ExecutionException {
        try {
            return end.get(SHORT.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException _) {
            shop.events()
                    .hint(
                            assignment.partition(),
                            new Event.AttemptStarted(
                                    assignment.vm(), assignment.generation(), id().job(), id().attempt()));
            return end.get();
        }
    }

    private static void flushed(ExecOutput carried, ExecEnd how) throws InterruptedException, ExecutionException {
        CompletableFuture<Void> safe =
                switch (how) {
                    case ExecEnd.Exit(GuestExit exit) -> carried.complete(exit.stdoutBytes(), exit.stderrBytes());
                    case ExecEnd.Refused _,
                            ExecEnd.NeverBegan _,
                            ExecEnd.Unanswered _,
                            ExecEnd.OtherGuest _,
                            ExecEnd.VmEnded _ -> carried.complete();
                };
        safe.get();
        carried.abandon();
    }

    private void finish(Outcome outcome) {
        Ending ending = assignment.ending(outcome, null);
        shop.outcomes().say(ending, shop.outcomes().write(ending));
    }

    private ExecOutcome outcomes(LiveVm.Fate fate, long firstOffset) {
        ExecOutput carried = output;
        return new ExecOutcome(
                spec,
                carried != null && carried.overLimit(),
                fate,
                carried == null ? 0 : carried.length(Stream.STDOUT),
                carried == null ? 0 : carried.length(Stream.STDERR),
                assignment.partition(),
                firstOffset,
                spec.idempotent() && id().attempt() < Outcomes.TRIES,
                timing.total());
    }

    private void hold(GuestExec exec, ExecOutput carried) {
        Duration wanted;
        synchronized (handleLock) {
            handle = exec;
            wanted = kill;
        }
        carried.acknowledgeAgain();
        if (wanted != null) {
            exec.kill(wanted);
        }
    }

    private Optional<GuestExec> handle() {
        synchronized (handleLock) {
            return Optional.ofNullable(handle);
        }
    }

    @Override
    public void cancel() {
        synchronized (handleLock) {
            if (cancelled) {
                return; // The gateway repeats itself; a second TERM would be one too many for some programs.
            }
            cancelled = true;
        }
        log.info("exec is being cancelled vm={} job={} attempt={}", assignment.vm(), id().job(), id().attempt());
        kill(Duration.ofMillis(spec.graceMillis()));
        limit.cancelled();
    }

    private boolean cancelled() {
        synchronized (handleLock) {
            return cancelled;
        }
    }

    private void kill(Duration grace) {
        synchronized (handleLock) {
            kill = grace;
        }
        handle().ifPresent(exec -> exec.kill(grace));
    }

    /// More stdin. What comes too early or twice is sorted out by offset, and the client sends again what got lost.
    void input(Input input) {
        handle().ifPresent(exec -> {
            if (input.bytes().length > 0) {
                exec.stdin(input.offset(), input.bytes());
            }
            if (input.eof()) {
                exec.stdinEof(input.offset() + input.bytes().length);
            }
        });
    }

    void signal(Command.SignalExec command) {
        handle().flatMap(exec -> signals.ask(command.signal(), command.number(), exec))
                .ifPresent(this::answer);
    }

    private void answer(SignalDesk.Answer answer) {
        Event.SignalAnswered event = new Event.SignalAnswered(
                assignment.vm(),
                assignment.generation(),
                id().job(),
                id().attempt(),
                answer.signal(),
                answer.delivered(),
                answer.detail());
        shop.events().hint(assignment.partition(), event);
    }

    @Override
    public void started(long pid) {
        timing.lap("claim_to_start");
        log.info("exec started vm={} job={} attempt={} pid={}", assignment.vm(), id().job(), id().attempt(), pid);
    }

    @Override
    public void output(Stream stream, long offset, byte[] bytes) {
        ExecOutput carried = output;
        if (carried != null) {
            carried.heard(stream, offset, bytes);
        }
    }

    @Override
    public void inputAcknowledged(long acknowledged, long granted, boolean closed) {
        ExecOutput carried = output;
        if (spec.stdinOpen() && carried != null) {
            carried.say(new Output.InputAck(id(), acknowledged, granted, closed));
        }
    }

    @Override
    public void signalled(int number, int errno) {
        signals.answered(number, errno).ifPresent(this::answer);
    }

    @Override
    public void ended(GuestExit exit) {
        end.complete(new ExecEnd.Exit(exit));
    }

    @Override
    public void refused(Refusal why, String detail) {
        boolean neverBegan = why == Refusal.UNKNOWN_EXEC && cancelled();
        end.complete(neverBegan ? new ExecEnd.NeverBegan() : new ExecEnd.Refused(why, detail));
    }

    @Override
    public void gone() {
        end.complete(new ExecEnd.OtherGuest());
    }

    @Override
    public void vmEnded(Machine.Ended ended, LiveVm.Fate fate) {
        end.complete(new ExecEnd.VmEnded(fate, ended.reason()));
    }

    /// Ends this attempt's thread and not the exec: the sweep goes on with it, in the VM that is found then.
    @Override
    public void vmUnseen() {
        end.completeExceptionally(new IllegalStateException("the VM of " + id() + " can't be watched any more"));
    }

    private void publish(Output record, Runnable safe) {
        shop.output().publish(assignment.partition(), record, safe);
    }

    private void acknowledge(Stream stream, long offset) {
        shop.crash().hit(CrashPoint.EXEC_AFTER_FIRST_OUTPUT);
        handle().ifPresent(exec -> exec.acknowledge(stream, offset));
    }

    private ExecId id() {
        return assignment.attempt();
    }
}
