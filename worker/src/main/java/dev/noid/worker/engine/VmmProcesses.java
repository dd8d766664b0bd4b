package dev.noid.worker.engine;

import dev.noid.schema.Deadline;
import dev.noid.schema.job.JobError;
import dev.noid.worker.guest.Greeting;
import dev.noid.worker.guest.Hello;
import dev.noid.worker.guest.Identity;
import dev.noid.worker.host.DetachedProcess;
import dev.noid.worker.host.FileTree;
import dev.noid.worker.host.ffi.Flock;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Starts and adopts VMM processes, which is the same for all engines: lock, process, agent, and the way back when one
/// fails.
public final class VmmProcesses {
    private static final Logger log = LoggerFactory.getLogger(VmmProcesses.class);

    private final InstantSource clock;
    private final Flock flock = new Flock();
    /// By their run directory.
    private final Map<Path, DetachedProcess> ahead = new ConcurrentHashMap<>();

    public VmmProcesses(InstantSource clock) {
        this.clock = clock;
    }

    /// A cold start. The VM's disk has one writer, so no other generation may run.
    public EngineResult<Machine> start(VmmPlan plan, Deadline deadline) {
        try {
            for (long generation : RunFiles.generations(plan.home())) {
                if (flock.held(plan.home().lock(generation))) {
                    return failed("vm_running", "the VM runs already", false);
                }
            }
            plan.removeRunFiles();
        } catch (IOException failed) {
            return notMade(plan, failed);
        }
        return spawn(plan, machine -> Optional.empty(), deadline);
    }

    /// Starts it beside whatever else runs in its home, on what was loaded for it. Its guest is then somebody of its
    /// own and frozen.
    public EngineResult<Machine> restore(VmmPlan plan, Identity identity, Deadline deadline) {
        EngineResult<Machine> restored = spawn(plan, machine -> machine.eye().load(deadline), deadline);
        if (restored instanceof EngineResult.Ok<Machine>(Machine machine)
                && !machine.guest().reinit(identity, deadline.left())) {
            machine.kill();
            log.warn(
                    "vm not restored, its guest did not reinitialise vm={} generation={}",
                    plan.home().vm(),
                    plan.boot().generation());
            return failed("guest_not_reinitialised", "the restored guest did not make itself its own in time", true);
        }
        return restored;
    }

    /// Starts a VMM that [#restore] will go on with, beside what is still being put in place for it: its files are
    /// there, their content need not be. What goes wrong is [#restore]'s to tell; [#kill] ends it.
    public void ahead(VmmPlan plan) {
        try {
            if (refuse(plan) == null) {
                ahead.put(run(plan), launch(plan));
            }
        } catch (IOException failed) {
            log.warn("vmm not started ahead vm={}", plan.home().vm(), failed);
            removeHalf(plan);
        }
    }

    /// What a start left that came to nothing; what was put in place for it stays.
    private static void removeHalf(VmmPlan plan) {
        try {
            FileTree.remove(run(plan));
        } catch (IOException failed) {
            log.warn("run directory left vm={}", plan.home().vm(), failed);
        }
    }

    private static Path run(VmmPlan plan) {
        return plan.home().run(plan.boot().generation());
    }

    private DetachedProcess launch(VmmPlan plan) throws IOException {
        plan.makeRunFiles();
        return DetachedProcess.start(plan.traces(), run(plan), plan.user(), plan.command(), flock);
    }

    /// @param begin what the VMM needs before its agent can answer
    private EngineResult<Machine> spawn(
            VmmPlan plan, Function<DetachedMachine, Optional<JobError>> begin, Deadline deadline) {
        DetachedProcess process = ahead.remove(run(plan));
        if (process == null) {
            try {
                EngineResult.Failed<Machine> refused = refuse(plan);
                if (refused != null) {
                    return refused;
                }
                process = launch(plan);
            } catch (IOException failed) {
                return notMade(plan, failed);
            }
        }
        DetachedMachine machine = machine(plan, process);
        Optional<JobError> problem = begin.apply(machine);
        if (problem.isPresent()) {
            machine.kill();
            log.warn(
                    "vm not restored vm={} generation={} why={} vmm_said={}",
                    plan.home().vm(),
                    plan.boot().generation(),
                    problem.get().message(),
                    machine.said());
            return new EngineResult.Failed<>(withSaid(problem.get(), machine.said()), true);
        }
        return greet(plan, machine, process, deadline);
    }

    private static JobError withSaid(JobError problem, String said) {
        return said.isEmpty() ? problem : JobError.host(problem.code(), problem.message() + ": " + said);
    }

    private static EngineResult<Machine> notMade(VmmPlan plan, IOException failed) {
        log.warn("vmm not started vm={}", plan.home().vm(), failed);
        removeRunFiles(plan);
        return failed instanceof HostMemoryFull full
                ? new EngineResult.Failed<>(full.error(), true)
                : failed("host_files", "the VM's files could not be made: " + failed.getMessage(), true);
    }

    private EngineResult.@Nullable Failed<Machine> refuse(VmmPlan plan) throws IOException {
        if (flock.held(plan.home().lock(plan.boot().generation()))) {
            return failed("vm_running", "the VM runs already", false);
        }
        return null;
    }

    private EngineResult<Machine> greet(
            VmmPlan plan, DetachedMachine machine, DetachedProcess process, Deadline deadline) {
        String vm = plan.home().vm();
        try {
            Greeting greeting = machine.session().greeting(deadline);
            if (greeting == Greeting.READY) {
                log.info(
                        "vm started vm={} generation={} pid={}", vm, plan.boot().generation(), process.pid());
                return new EngineResult.Ok<>(machine);
            }
            return undo(plan, machine, process, greeting);
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            machine.kill();
            return failed("interrupted", "the start was interrupted", true);
        }
    }

    private static EngineResult<Machine> undo(
            VmmPlan plan, DetachedMachine machine, DetachedProcess process, Greeting greeting) throws IOException {
        boolean locked = process.exitCode().orElse(0) == DetachedProcess.LOCKED;
        String console = process.alive() ? machine.eye().console() : "";
        boolean ended = !process.alive();
        machine.kill();
        String said = machine.said();
        log.warn(
                "vm not started vm={} generation={} greeting={} vmm_ended={} vmm_said={}",
                plan.home().vm(),
                plan.boot().generation(),
                greeting,
                ended,
                said);
        if (locked) {
            return failed("vm_running", "the VM runs already", false);
        }
        if (ended) {
            return failed(
                    "vmm_ended",
                    "the VMM ended while it started: " + (said.isEmpty() ? "it said nothing" : said),
                    true);
        }
        String why = console.isEmpty() ? said : console;
        return failed(
                "agent_silent", "the guest's agent did not answer in time" + (why.isEmpty() ? "" : ": " + why), true);
    }

    public EngineResult<Optional<Machine>> adopt(VmmPlan plan, Deadline deadline) {
        try {
            return switch (DetachedProcess.adopt(plan.traces(), plan.home().directory(), flock)) {
                case DetachedProcess.Adoption.Found(DetachedProcess process) -> greetAgain(plan, process, deadline);
                case DetachedProcess.Adoption.Hidden _ ->
                    failed("vm_hidden", "the VM's lock is held by a process that this worker can't see", true);
                case DetachedProcess.Adoption.Free _ -> {
                    plan.removeRunFiles();
                    yield new EngineResult.Ok<>(Optional.empty());
                }
            };
        } catch (IOException failed) {
            return failed("host_files", "the VM's files could not be read: " + failed.getMessage(), true);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            return failed("interrupted", "the adoption was interrupted", true);
        }
    }

    private EngineResult<Optional<Machine>> greetAgain(VmmPlan plan, DetachedProcess process, Deadline deadline)
            throws InterruptedException {
        DetachedMachine machine = machine(plan, process);
        // The worker before this one may have died while the VM stood still.
        Optional<JobError> problem = machine.eye().go(deadline);
        if (problem.isPresent()) {
            machine.close();
            log.warn("vm not adopted vm={} why={}", machine.vm(), problem.get().message());
            return new EngineResult.Failed<>(problem.get(), true);
        }
        if (machine.eye().guestShutDown()) {
            return new EngineResult.Ok<>(Optional.of(machine)); // It ends, and tells why.
        }
        Greeting greeting = machine.session().greeting(deadline);
        if (greeting == Greeting.READY) {
            if (machine.guest().frozen()) {
                machine.guest().thaw();
            }
            log.info("vm adopted vm={} generation={} pid={}", machine.vm(), machine.generation(), machine.pid());
            return new EngineResult.Ok<>(Optional.of(machine));
        }
        machine.close();
        log.warn("vm not adopted vm={} greeting={}", machine.vm(), greeting);
        String message = "the VM runs, but its agent did not answer: " + greeting;
        return failed("agent_silent", message, greeting == Greeting.NO_ANSWER);
    }

    /// Ends whatever holds the lock of the plan's generation, and removes its run files.
    public void kill(VmmPlan plan) {
        // Known by its handle: what went wrong may have taken its lock's file away, or come before it had the lock.
        DetachedProcess waiting = ahead.remove(run(plan));
        if (waiting != null) {
            waiting.kill();
        }
        try {
            switch (DetachedProcess.adopt(plan.traces(), plan.home().directory(), flock)) {
                case DetachedProcess.Adoption.Found(DetachedProcess process) -> kill(plan, process);
                case DetachedProcess.Adoption.Hidden _ ->
                    throw new IllegalStateException("the VMM of " + plan.home().vm() + " can't be seen from here");
                case DetachedProcess.Adoption.Free _ -> {}
            }
            plan.removeRunFiles();
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    private static void kill(VmmPlan plan, DetachedProcess process) throws IOException {
        process.kill();
        if (!process.killRest()) {
            throw new IllegalStateException("the VMM of " + plan.home().vm() + " survives SIGKILL");
        }
        log.info("vm killed unasked vm={} pid={}", plan.home().vm(), process.pid());
    }

    private DetachedMachine machine(VmmPlan plan, DetachedProcess process) {
        Boot boot = plan.boot();
        Hello hello = new Hello(plan.home().vm(), boot.hostname(), boot.generation(), clock);
        return DetachedMachine.watching(plan, process, hello);
    }

    private static void removeRunFiles(VmmPlan plan) {
        try {
            plan.removeRunFiles();
        } catch (IOException failed) {
            log.warn("run files left vm={}", plan.home().vm(), failed);
        }
    }

    private static <T> EngineResult.Failed<T> failed(String code, String message, boolean retryable) {
        return new EngineResult.Failed<>(JobError.host(code, message), retryable);
    }
}
