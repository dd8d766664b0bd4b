package dev.noid.worker.engine.stub;

import dev.noid.worker.engine.CheckpointContractTest;
import dev.noid.worker.engine.EngineKind;

class StubCheckpointTest extends CheckpointContractTest {
    @Override
    protected EngineKind kind() {
        return new StubKind(data);
    }
}
