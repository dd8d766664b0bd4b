package dev.noid.worker.engine.stub;

import dev.noid.worker.engine.CheckpointContractTest;
import dev.noid.worker.engine.Engine;
import dev.noid.worker.engine.GuestFiles;
import dev.noid.worker.engine.VmHome;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;

class StubCheckpointTest extends CheckpointContractTest {
    @Override
    protected Engine engine() throws Exception {
        return new StubEngine(GuestFiles.agent(), Clock.systemUTC());
    }

    @Override
    protected Path image() {
        return data; // it has no use for one
    }

    @Override
    protected List<Path> leftovers(VmHome home, long generation) {
        return List.of();
    }

    @Override
    protected List<Path> shared() {
        return List.of();
    }
}
