package dev.noid.worker.engine;

import dev.noid.schema.Deadline;
import dev.noid.schema.job.JobError;
import dev.noid.worker.guest.Guest;
import dev.noid.worker.guest.GuestSession;
import dev.noid.worker.guest.Hello;
import dev.noid.worker.host.DetachedProcess;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A VMM in a process of its own, watched by its lock. Every engine's machine.
final class DetachedMachine implements Machine {
    private static final Logger log = LoggerFactory.getLogger(DetachedMachine.class);

    /// How long an adopted VMM can be dead unnoticed when not even its socket tells; the promise is 2 s.
    private static final Duration LOOK = Duration.ofMillis(250);

    private static final Duration LOOK_SOON = Duration.ofMillis(5);
    private static final int LOOKS_SOON = 50;
    private static final Duration KILL_PATIENCE = Duration.ofSeconds(10);
    private static final Duration DRAIN = Duration.ofSeconds(1);
    private static final Duration GUEST_MARGIN = Duration.ofSeconds(2);
    /// For the agent to kill what runs, sync and unmount, also when the programs get no grace.
    private static final Duration FILES_PATIENCE = Duration.ofSeconds(5);

    private volatile VmmPlan plan;
    private volatile DetachedProcess process;
    private volatile VmmEye eye;
    private final GuestSession guest;
    private final CompletableFuture<Ended> ended = new CompletableFuture<>();
    private final Semaphore look = new Semaphore(0);
    private volatile boolean letGo;
    private volatile boolean asked;
    private volatile boolean killed;
    private volatile String said = "";

    private DetachedMachine(VmmPlan plan, DetachedProcess process, Hello hello) {
        this.plan = plan;
        this.process = process;
        this.eye = plan.eye();
        this.guest = GuestSession.open(plan.agentChannel(), hello, look::release);
    }

    static DetachedMachine watching(VmmPlan plan, DetachedProcess process, Hello hello) {
        DetachedMachine machine = new DetachedMachine(plan, process, hello);
        process.onExit(machine.look::release);
        Thread.ofVirtual().name("vmm-" + plan.home().vm()).start(machine::watch);
        return machine;
    }

    @Override
    public String vm() {
        return plan.home().vm();
    }

    @Override
    public long generation() {
        return plan.boot().generation();
    }

    @Override
    public long pid() {
        return process.pid();
    }

    @Override
    public Guest guest() {
        return guest;
    }

    GuestSession session() {
        return guest;
    }

    VmmEye eye() {
        return eye;
    }

    @Override
    public CompletableFuture<Ended> ended() {
        return ended.copy();
    }

    @Override
    public Ended stop(Duration grace) {
        asked = true;
        if (!ended.isDone()) {
            Duration margin = grace.dividedBy(2);
            guest.shutdown(grace.minus(margin.compareTo(GUEST_MARGIN) < 0 ? margin : GUEST_MARGIN));
        }
        Ended orderly = await(grace.compareTo(FILES_PATIENCE) < 0 ? FILES_PATIENCE : grace);
        return orderly == null ? kill() : orderly;
    }

    @Override
    public Ended kill() {
        asked = true;
        if (!ended.isDone()) {
            killed = true;
            process.kill();
        }
        Ended end = await(KILL_PATIENCE);
        if (end == null) {
            throw new IllegalStateException("process " + pid() + " of " + vm() + " survives SIGKILL");
        }
        return end;
    }

    private @Nullable Ended await(Duration time) {
        try {
            return ended.get(time.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException _) {
            return null;
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            return null;
        } catch (ExecutionException bug) {
            throw new IllegalStateException(bug);
        }
    }

    /// The last it said; known once it has ended.
    String said() {
        return said;
    }

    @Override
    public EngineResult<PausedMachine> pause(Deadline deadline) {
        if (!guest.quiesce(deadline.left())) {
            return new EngineResult.Failed<>(
                    JobError.host(GUEST_NOT_QUIESCED, "The guest's agent did not quiesce the guest in time."), true);
        }
        HaltedMachine halted = new HaltedMachine(this, process);
        Optional<JobError> problem = eye.halt(deadline);
        if (problem.isPresent()) {
            halted.resume();
            return new EngineResult.Failed<>(problem.get(), true);
        }
        return new EngineResult.Ok<>(halted);
    }

    /// False also when that can't be seen.
    boolean runs() {
        try {
            return process.alive();
        } catch (IOException _) {
            return false;
        }
    }

    /// Goes by another home from here on, where its files are already; what is open stays open.
    void moved(VmHome home, Boot boot) {
        plan = plan.moved(home, boot);
        process = process.moved(plan.traces());
        eye = eye.moved(home, boot);
        guest.moved(plan.agentChannel(), boot.hostname());
    }

    @Override
    public Fingerprint fingerprint(Fingerprint here) {
        return eye.build().map(here::withVmm).orElse(here);
    }

    @Override
    public EngineResult<List<String>> flatten(
            List<String> layers, long bytesPerSecond, BooleanSupplier unwanted, Deadline deadline) {
        return eye.flatten(layers, bytesPerSecond, unwanted, deadline);
    }

    @Override
    public Optional<String> stall() {
        return eye.stall();
    }

    /// It is another worker's, or nobody's until one takes it over.
    boolean isLetGo() {
        return letGo;
    }

    @Override
    public void close() {
        letGo = true;
        look.release();
        guest.close();
        eye.close();
    }

    private void watch() {
        try {
            int soon = 0;
            while (!letGo) {
                boolean hint = look.tryAcquire((soon > 0 ? LOOK_SOON : LOOK).toMillis(), TimeUnit.MILLISECONDS);
                look.drainPermits();
                // A VMM closes its socket a little before it is gone.
                soon = hint ? LOOKS_SOON : soon - 1;
                if (!process.alive()) {
                    finish();
                    return;
                }
                process.trimLog();
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        } catch (IOException | RuntimeException failed) {
            log.error("vmm watch failed vm={}", vm(), failed);
            ended.completeExceptionally(failed);
        }
    }

    private void finish() throws IOException, InterruptedException {
        // What the guest said before its end is still in the socket: exits and last output.
        guest.drain(DRAIN);
        boolean orderly = orderly();
        eye.close();
        if (!process.killRest()) {
            log.error("vm ended but its lock is held by others vm={}", vm());
        }
        said = process.lastMessage();
        String reason = asked ? null : reason(orderly); // The VM's memory is still there, which may be the reason.
        plan.removeRunFiles();
        Ended end = new Ended(orderly, reason);
        log.info("vm ended vm={} generation={} pid={} asked={} orderly={}", vm(), generation(), pid(), asked, orderly);
        ended.complete(end);
    }

    private boolean orderly() {
        if (killed || eye.crash().isPresent()) {
            return false;
        }
        OptionalInt code = process.exitCode();
        return code.isPresent() ? code.getAsInt() == 0 : asked || eye.guestShutDown();
    }

    private String reason(boolean orderly) {
        return orderly
                ? "the guest shut down"
                : eye.crash().orElseGet(() -> VmmDeath.reason(process.exitCode(), plan.shortage(), said));
    }
}
