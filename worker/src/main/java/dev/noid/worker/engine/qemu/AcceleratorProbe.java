package dev.noid.worker.engine.qemu;

import dev.noid.schema.Deadline;
import dev.noid.schema.job.JobSpec;
import dev.noid.worker.engine.Boot;
import dev.noid.worker.engine.Engine;
import dev.noid.worker.engine.EngineResult;
import dev.noid.worker.engine.Machine;
import dev.noid.worker.engine.VmHome;
import dev.noid.worker.host.FileTree;
import dev.noid.worker.host.OwnFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Finds out whether guests run under KVM here by running one: a /dev/kvm that opens, and even makes VMs, proves
/// nothing.
/// The verdict is kept for as long as kernel, CPU and QEMU are the same.
public final class AcceleratorProbe {
    private static final Logger log = LoggerFactory.getLogger(AcceleratorProbe.class);

    /// A guest is up within one second under a KVM that works, also on a busy host.
    private static final Duration PATIENCE = Duration.ofSeconds(4);

    private static final int MEMORY_MIB = 256;

    /// What speaks of KVM; any other failure says nothing, and is not kept.
    private static final Set<String> VERDICTS = Set.of("vmm_ended", "agent_silent");

    private final QemuConfig config;
    private final Path kvm;
    private final Path verdict;
    private final InstantSource clock;

    /// @param verdict file to remember in
    public AcceleratorProbe(QemuConfig config, Path verdict, InstantSource clock) {
        this(config, Path.of("/dev/kvm"), verdict, clock);
    }

    AcceleratorProbe(QemuConfig config, Path kvm, Path verdict, InstantSource clock) {
        this.config = config;
        this.kvm = kvm;
        this.verdict = verdict;
        this.clock = clock;
    }

    /// @param image directory of the image to boot when nothing is remembered
    public Accelerator choose(Path image) throws IOException {
        if (!Files.isReadable(kvm) || !Files.isWritable(kvm)) {
            log.info("accelerator chosen accelerator=tcg why=no_kvm");
            return Accelerator.TCG;
        }
        String host = host();
        Optional<Accelerator> remembered = remembered(host);
        if (remembered.isPresent()) {
            log.info("accelerator chosen accelerator={} why=remembered", remembered.get());
            return remembered.get();
        }
        return probe(image, host);
    }

    Accelerator probe(Path image, String host) throws IOException {
        VmHome home = new VmHome("probe", config.data().resolve("probe"));
        QemuEngine engine = new QemuEngine(config, Accelerator.KVM, clock);
        // As large as the image needs: a disk that is too small would say something of KVM.
        Path rootfs = image.resolve("rootfs");
        int diskMib = Files.exists(rootfs) ? Math.toIntExact((Files.size(rootfs) >> 20) + 1) : 1;
        JobSpec.Shape shape = new JobSpec.Shape(MEMORY_MIB, 1, diskMib);
        Boot boot = new Boot("probe", image, shape, 1, List.of());
        engine.kill(home, boot); // What a worker that died while it asked left running.
        FileTree.remove(home.directory());
        Files.createDirectories(home.directory());
        try {
            Deadline deadline = Deadline.after(PATIENCE);
            return switch (engine.prepare(home, boot, deadline)) {
                case EngineResult.Failed<Engine.Disk> failed -> {
                    log.warn("accelerator not probed why={}", failed.error().message());
                    yield Accelerator.TCG;
                }
                case EngineResult.Ok<Engine.Disk>(Engine.Disk disk) ->
                    verdict(engine.start(home, boot.withLayers(disk.layers()), deadline), host);
            };
        } finally {
            FileTree.remove(home.directory());
        }
    }

    private Accelerator verdict(EngineResult<Machine> started, String host) throws IOException {
        return switch (started) {
            case EngineResult.Ok<Machine>(Machine machine) -> {
                machine.kill();
                log.info("accelerator chosen accelerator=kvm why=booted");
                yield remember(host, Accelerator.KVM);
            }
            case EngineResult.Failed<Machine> failed -> {
                String code = failed.error().code();
                log.info(
                        "accelerator chosen accelerator=tcg why={}",
                        failed.error().message());
                yield VERDICTS.contains(code) ? remember(host, Accelerator.TCG) : Accelerator.TCG;
            }
        };
    }

    private Optional<Accelerator> remembered(String host) throws IOException {
        try {
            List<String> lines = Files.readAllLines(verdict);
            boolean same = lines.size() > 1 && lines.getFirst().equals(host);
            return same
                    ? Stream.of(Accelerator.values())
                            .filter(accelerator -> accelerator.toString().equals(lines.get(1)))
                            .findFirst()
                    : Optional.empty();
        } catch (NoSuchFileException _) {
            return Optional.empty();
        }
    }

    private Accelerator remember(String host, Accelerator accelerator) throws IOException {
        Path next = verdict.resolveSibling(verdict.getFileName() + ".new");
        OwnFile.write(next, host + "\n" + accelerator + "\n");
        Files.move(next, verdict, StandardCopyOption.ATOMIC_MOVE);
        return accelerator;
    }

    /// One line that changes when the verdict may.
    private String host() throws IOException {
        String kernel = Files.readString(Path.of("/proc/sys/kernel/osrelease")).strip();
        return kernel + " | " + QemuFingerprint.cpu() + " | " + QemuBuild.ask(config.qemu());
    }
}
