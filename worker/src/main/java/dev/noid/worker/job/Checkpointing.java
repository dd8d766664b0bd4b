package dev.noid.worker.job;

import dev.noid.worker.checkpoint.CheckpointStore;
import dev.noid.worker.checkpoint.Room;
import dev.noid.worker.store.CheckpointRows;
import dev.noid.worker.vm.Templates;
import dev.noid.worker.vm.VmRestores;
import dev.noid.worker.vm.VmSaves;
import dev.noid.worker.vm.WarmPool;

/// What checkpoints are made, kept and loaded with.
public record Checkpointing(
        VmSaves saves,
        VmRestores restores,
        CheckpointStore store,
        CheckpointRows rows,
        Room room,
        Templates templates,
        WarmPool pool) {}
