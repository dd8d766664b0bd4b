package dev.noid.worker;

import dev.noid.worker.engine.Engine;
import dev.noid.worker.engine.qemu.Accelerator;
import dev.noid.worker.engine.qemu.AcceleratorProbe;
import dev.noid.worker.engine.qemu.QemuConfig;
import dev.noid.worker.engine.qemu.QemuEngine;
import dev.noid.worker.engine.stub.StubEngine;
import dev.noid.worker.vm.Images;
import dev.noid.worker.vm.VmDirectories;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/// Which engine this host uses. Never the stub unless it was asked for: a VM is promised.
final class Engines {
    private static final String VERDICT = "accelerator";

    private final InstantSource clock;

    Engines(InstantSource clock) {
        this.clock = clock;
    }

    /// Throws IllegalStateException when the host can't run VMs, saying what it lacks.
    Engine choose(WorkerConfig config, Images images) {
        return switch (config.engine()) {
            case STUB -> new StubEngine(config.agent().orElseThrow(), clock);
            case QEMU, AUTO -> qemu(config, images);
        };
    }

    private Engine qemu(WorkerConfig config, Images images) {
        try {
            QemuConfig qemu = QemuConfig.of(config.data(), config.tmpfs());
            if (!onPath(qemu.qemu()) || !onPath(qemu.qemuImg())) {
                throw new IllegalStateException("this host can't run VMs: " + qemu.qemu() + " or " + qemu.qemuImg()
                        + " is missing (apt-get install qemu-system-x86 qemu-utils)");
            }
            Optional<Path> image = images.any();
            Accelerator accelerator = image.isPresent()
                    ? new AcceleratorProbe(qemu, config.data().resolve(VERDICT), clock).choose(image.get())
                    : Accelerator.TCG;
            QemuEngine engine = new QemuEngine(qemu, accelerator, clock);
            engine.sweep(directories(config));
            return engine;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Set<String> directories(WorkerConfig config) {
        return new VmDirectories(config.data())
                .all().stream().map(directory -> directory.home().vm()).collect(Collectors.toSet());
    }

    private static boolean onPath(String program) {
        String path = System.getenv().getOrDefault("PATH", "/usr/bin");
        return program.startsWith("/")
                ? Files.isExecutable(Path.of(program))
                : Arrays.stream(path.split(":", -1))
                        .anyMatch(directory -> Files.isExecutable(Path.of(directory, program)));
    }
}
