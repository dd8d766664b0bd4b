package dev.noid.worker.engine.qemu;

import dev.noid.schema.Deadline;
import dev.noid.schema.job.JobError;
import dev.noid.worker.engine.Boot;
import dev.noid.worker.engine.Engine.Disk;
import dev.noid.worker.engine.EngineResult;
import dev.noid.worker.engine.HostMemoryFull;
import dev.noid.worker.engine.RunFiles;
import dev.noid.worker.engine.SavedVm;
import dev.noid.worker.engine.VmHome;
import dev.noid.worker.host.FileTree;
import dev.noid.worker.host.VmUser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/// Puts a saved VM's files where one generation of a home will run on them, beside whatever runs there. What came with
/// it is taken back when it fails.
final class QemuPlacement {
    private final QemuHost host;
    private final VmHome home;
    private final Boot boot;
    private final List<Path> made = new ArrayList<>();

    private final Consumer<Boot> ready;

    /// @param ready hears when all a VMM needs to start is there, with the disk it will have; the memory is still being
    ///              filled then
    QemuPlacement(QemuHost host, VmHome home, Boot boot, Consumer<Boot> ready) {
        this.host = host;
        this.home = home;
        this.boot = boot;
        this.ready = ready;
    }

    EngineResult<Disk> run(Path saved, Deadline deadline) {
        EngineResult<Disk> result;
        try {
            Optional<SavedVm> vm = SavedVm.read(saved);
            result = vm.isPresent()
                    ? place(saved, vm.get(), deadline)
                    : damaged(QemuSaved.damaged("it has no manifest"));
        } catch (HostMemoryFull full) {
            result = new EngineResult.Failed<>(full.error(), true);
        } catch (IOException failed) {
            result = QemuSaved.failed("the saved VM could not be put in place", failed);
        }
        if (result instanceof EngineResult.Failed<Disk>) {
            takeBack();
        }
        return result;
    }

    private EngineResult<Disk> place(Path saved, SavedVm vm, Deadline deadline) throws IOException {
        RunFiles.remove(home, boot.generation());
        host.layers().directory(home);
        for (String layer : vm.layers()) {
            Path from = saved.resolve(QemuSaved.DISK).resolve(layer);
            Optional<JobError> problem = differs(vm, QemuSaved.DISK + "/" + layer, from, deadline);
            if (problem.isPresent()) {
                return damaged(problem.get());
            }
            link(from, home.layers().resolve(layer));
        }
        Path state = saved.resolve(QemuSaved.STATE);
        Optional<JobError> problem = differs(vm, QemuSaved.STATE, state, deadline);
        if (problem.isPresent()) {
            return damaged(problem.get());
        }
        FileTree.linkOrCopy(state, home.state(boot.generation()));
        EngineResult<Disk> disk = host.layers().add(home, boot.withLayers(vm.layers()));
        if (disk instanceof EngineResult.Ok<Disk>(Disk added)) {
            made.add(home.layers().resolve(added.layers().getLast()));
            problem = placeMemory(
                    vm,
                    QemuSaved.paths(saved, QemuSaved.memory(vm.files())),
                    boot.withLayers(added.layers()),
                    deadline);
        }
        return problem.<EngineResult<Disk>>map(QemuPlacement::damaged).orElse(disk);
    }

    private Optional<JobError> differs(SavedVm vm, String path, Path file, Deadline deadline) throws IOException {
        return QemuSaved.differs(vm, path, host.checksums().of(file, deadline));
    }

    private void link(Path from, Path to) throws IOException {
        if (!Files.exists(to)) {
            FileTree.linkOrCopy(from, to);
            made.add(to);
        }
    }

    private Optional<JobError> placeMemory(SavedVm vm, List<Path> from, Boot with, Deadline deadline)
            throws IOException {
        Optional<JobError> problem = QemuSaved.memoryDiffers(vm, from);
        if (problem.isPresent()) {
            return problem;
        }
        VmUser user = VmUser.of(home.vm(), host.config().root());
        Optional<String> copied = host.memory()
                .copy(
                        home,
                        boot.generation(),
                        boot.shape().memoryMib(),
                        from,
                        host.sparse(),
                        user,
                        () -> ready.accept(with),
                        deadline);
        String sum = copied.isPresent() ? copied.get() : host.checksums().of(from, deadline);
        return QemuSaved.differs(vm, QemuSaved.MEMORY, sum);
    }

    private void takeBack() {
        try {
            RunFiles.remove(home, boot.generation());
            host.memory().remove(home, boot.generation());
            for (Path link : made) {
                Files.deleteIfExists(link);
            }
        } catch (IOException left) {
            // The next load of this generation removes them first, and a start of the worker what no chain names.
            made.clear();
        }
    }

    private static EngineResult<Disk> damaged(JobError error) {
        return new EngineResult.Failed<>(error, false);
    }
}
