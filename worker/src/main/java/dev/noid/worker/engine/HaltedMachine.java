package dev.noid.worker.engine;

import dev.noid.schema.Deadline;
import dev.noid.schema.job.JobError;
import dev.noid.worker.host.DetachedProcess;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A machine that stands still. Every engine's.
final class HaltedMachine implements PausedMachine {
    private static final Logger log = LoggerFactory.getLogger(HaltedMachine.class);

    /// A VMM answers within a few milliseconds, or when what its guest has written is on a slow disk: `stop` waits for
    /// that, and what comes after it waits for `stop`. One that has died is noticed at once.
    private static final Duration GO = Duration.ofMinutes(2);

    private final DetachedMachine machine;
    private final DetachedProcess process;

    HaltedMachine(DetachedMachine machine, DetachedProcess process) {
        this.machine = machine;
        this.process = process;
    }

    @Override
    public Machine machine() {
        return machine;
    }

    @Override
    public EngineResult<Saved> save(Path directory, MemoryBase base, Boot next, Deadline deadline) {
        return machine.eye().save(directory, base, next, deadline);
    }

    @Override
    public EngineResult<Machine> moveOn(VmHome home, Boot boot, Deadline deadline) {
        machine.moved(home, boot);
        if (!machine.runs()) {
            return new EngineResult.Failed<>(JobError.host("vm_died", "The VM had ended."), true);
        }
        Optional<JobError> problem = machine.eye().go(deadline);
        return problem.isPresent() ? new EngineResult.Failed<>(problem.get(), true) : new EngineResult.Ok<>(machine);
    }

    @Override
    public void resume() {
        Optional<JobError> problem = machine.eye().go(Deadline.after(GO));
        if (problem.isPresent() && machine.isLetGo()) {
            log.info(
                    "vm let go while it stands still, goes on with the next worker vm={} generation={}",
                    machine.vm(),
                    machine.generation());
            return;
        }
        if (problem.isPresent()) {
            log.error(
                    "vm can't go on, killed vm={} generation={} why={}",
                    machine.vm(),
                    machine.generation(),
                    problem.get().message());
            process.kill();
            return;
        }
        machine.guest().thaw();
    }
}
