package dev.noid.worker.engine.qemu;

import dev.noid.schema.Deadline;
import dev.noid.schema.job.JobError;
import dev.noid.schema.job.JobSpec;
import dev.noid.worker.engine.Boot;
import dev.noid.worker.engine.Engine;
import dev.noid.worker.engine.EngineResult;
import dev.noid.worker.engine.Machine;
import dev.noid.worker.engine.VmHome;
import dev.noid.worker.engine.VmmProcesses;
import dev.noid.worker.guest.Identity;
import dev.noid.worker.host.FileTree;
import dev.noid.worker.host.OwnFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Finds out whether this QEMU loads what another build of its series saved, by loading it: into a VM that nobody
/// gets, whose agent has to answer, and whose processes never run. Asked once for each two builds; the verdict is
/// kept.
final class BuildProbe {
    private static final Logger log = LoggerFactory.getLogger(BuildProbe.class);

    /// As long as a restore may take.
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private static final int SEED_BYTES = 64;
    private static final JobSpec.Shape NO_SHAPE = new JobSpec.Shape(1, 1, 1);
    private static final String NAME = "probe-build";
    private static final String WORKS = "works";

    /// Failures that speak of the build; any other says nothing.
    private static final Set<String> VERDICTS =
            Set.of("vmm_refused", "vmm_ended", "agent_silent", "guest_not_reinitialised");

    /// Of these the ones that are kept: a guest that does not answer may be this one's doing, or a busy host's.
    private static final Set<String> KEPT = Set.of("vmm_refused", "vmm_ended");

    private final QemuHost host;
    private final VmmProcesses processes;
    private final VmHome home;
    private final Path file;

    /// By the two builds, as one line.
    private final Map<String, String> verdicts = new LinkedHashMap<>();

    private boolean read;

    BuildProbe(QemuHost host, VmmProcesses processes) {
        this.host = host;
        this.processes = processes;
        this.home = new VmHome(NAME, host.config().data().resolve(NAME));
        this.file = host.config().data().resolve("builds");
    }

    /// Why it can't be loaded; empty when it can.
    ///
    /// @param was   the build it was saved by
    /// @param is    the one here
    /// @param saved is whole, and differs from what is here in nothing else
    synchronized Optional<JobError> refuses(String was, String is, Path saved, Boot like) {
        try {
            readOnce();
            String key = was + "\t" + is;
            String verdict = verdicts.get(key);
            if (verdict == null) {
                Deadline deadline = Deadline.after(PATIENCE);
                Optional<JobError> problem = tried(saved, like, deadline);
                // A disk that is slow says nothing of the build either.
                if (problem.isPresent()
                        && (deadline.passed()
                                || !VERDICTS.contains(problem.get().code()))) {
                    return problem;
                }
                verdict = problem.map(error -> oneLine(error.message())).orElse(WORKS);
                log.info("build probed saved_by=\"{}\" here=\"{}\" verdict=\"{}\"", was, is, verdict);
                if (problem.isEmpty() || KEPT.contains(problem.get().code())) {
                    remember(key, verdict);
                }
            }
            return verdict.equals(WORKS) ? Optional.empty() : Optional.of(incompatible(was, is, verdict));
        } catch (IOException e) {
            return Optional.of(JobError.host(
                    "host_files", "whether another build's can be loaded here could not be tried: " + e.getMessage()));
        }
    }

    private static JobError incompatible(String was, String is, String why) {
        return new JobError(
                "checkpoint_incompatible",
                "It can't be loaded here: vmm was " + was + " and is " + is + " here, and a try to load it failed: "
                        + why + ".",
                "load it on a host like the one it was saved on, or boot from the image",
                JobError.Fault.HOST);
    }

    private Optional<JobError> tried(Path saved, Boot like, Deadline deadline) throws IOException {
        sweep();
        Files.createDirectories(home.directory());
        Boot boot = new Boot(NAME, like.image(), like.shape(), 1, List.of());
        try {
            return switch (new QemuPlacement(host, home, boot, _ -> {}).run(saved, deadline)) {
                case EngineResult.Failed<Engine.Disk>(JobError error, boolean _) -> Optional.of(error);
                case EngineResult.Ok<Engine.Disk>(Engine.Disk disk) ->
                    loaded(plan(boot.withLayers(disk.layers()), true), deadline);
            };
        } finally {
            sweep();
        }
    }

    /// Its agent's answer is that it has reinitialised the guest.
    private Optional<JobError> loaded(QemuPlan plan, Deadline deadline) {
        byte[] seed = new byte[SEED_BYTES];
        new SecureRandom().nextBytes(seed);
        Identity nobody = new Identity(NAME, UUID.randomUUID().toString(), null, false, seed);
        return switch (processes.restore(plan, nobody, deadline)) {
            case EngineResult.Failed<Machine>(JobError error, boolean _) -> Optional.of(error);
            case EngineResult.Ok<Machine>(Machine machine) -> {
                machine.kill();
                machine.close();
                yield Optional.empty();
            }
        };
    }

    /// Ends and removes what a try left, of a worker that died during it too.
    synchronized void sweep() throws IOException {
        if (Files.isDirectory(home.directory())) {
            processes.kill(plan(new Boot(NAME, home.directory(), NO_SHAPE, 1, List.of()), false));
            FileTree.remove(home.directory());
        }
    }

    private QemuPlan plan(Boot boot, boolean incoming) {
        return new QemuPlan(home, boot, host, incoming);
    }

    private void readOnce() throws IOException {
        if (read) {
            return;
        }
        try {
            for (String line : Files.readAllLines(file)) {
                int end = line.lastIndexOf('\t');
                if (end > 0) {
                    verdicts.put(line.substring(0, end), line.substring(end + 1));
                }
            }
        } catch (NoSuchFileException _) {
            // None yet.
        }
        read = true;
    }

    private void remember(String key, String verdict) throws IOException {
        verdicts.put(key, verdict);
        StringBuilder lines = new StringBuilder();
        verdicts.forEach(
                (builds, said) -> lines.append(builds).append('\t').append(said).append('\n'));
        Path next = file.resolveSibling(file.getFileName() + ".new");
        OwnFile.write(next, lines.toString());
        Files.move(next, file, StandardCopyOption.ATOMIC_MOVE);
    }

    private static String oneLine(String message) {
        return message.replaceAll("\\s+", " ");
    }
}
