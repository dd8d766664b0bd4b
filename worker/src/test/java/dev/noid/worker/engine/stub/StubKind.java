package dev.noid.worker.engine.stub;

import dev.noid.worker.engine.Engine;
import dev.noid.worker.engine.EngineKind;
import dev.noid.worker.engine.GuestFiles;
import dev.noid.worker.engine.VmHome;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;

/// The stub, which has no use for an image and has nothing outside its homes.
record StubKind(Path image) implements EngineKind {
    @Override
    public Engine engine() throws Exception {
        return new StubEngine(GuestFiles.agent(), Clock.systemUTC());
    }

    @Override
    public List<Path> leftovers(VmHome home, long generation) {
        return List.of();
    }

    @Override
    public List<Path> shared() {
        return List.of();
    }
}
