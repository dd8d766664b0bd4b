package dev.noid.worker.engine;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/// What [EngineFixture] needs of one kind of engine.
public interface EngineKind {
    /// A new one each time, as a new worker would make it.
    Engine engine() throws Exception;

    Path image() throws Exception;

    /// What a VM that ended must not leave outside its home.
    List<Path> leftovers(VmHome home, long generation) throws IOException;

    /// What must not be there once no VM runs.
    List<Path> shared() throws IOException;
}
