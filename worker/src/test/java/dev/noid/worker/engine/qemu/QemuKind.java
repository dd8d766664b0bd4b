package dev.noid.worker.engine.qemu;

import dev.noid.worker.engine.EngineKind;
import dev.noid.worker.engine.GuestFiles;
import dev.noid.worker.engine.VmHome;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;

/// QEMU, emulating: so it is the same everywhere.
record QemuKind(QemuConfig config) implements EngineKind {
    /// Memory of VMs is on tmpfs, as nearly everywhere.
    static QemuKind on(Path data) throws IOException {
        return new QemuKind(QemuConfig.of(data, Path.of("/dev/shm")));
    }

    @Override
    public QemuEngine engine() {
        return new QemuEngine(config, Accelerator.TCG, Clock.systemUTC());
    }

    @Override
    public Path image() throws Exception {
        return GuestFiles.image();
    }

    @Override
    public List<Path> leftovers(VmHome home, long generation) {
        return List.of(memory().resolve(home.vm() + "." + generation));
    }

    @Override
    public List<Path> shared() {
        return List.of(memory());
    }

    private Path memory() {
        try {
            return config.memory().path();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
