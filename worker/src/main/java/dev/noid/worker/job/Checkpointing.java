package dev.noid.worker.job;

import dev.noid.schema.job.JobError;
import dev.noid.worker.checkpoint.CheckpointStore;
import dev.noid.worker.checkpoint.Room;
import dev.noid.worker.checkpoint.SavedDirectory;
import dev.noid.worker.store.CheckpointRow;
import dev.noid.worker.store.CheckpointRows;
import dev.noid.worker.vm.Chains;
import dev.noid.worker.vm.LiveVm;
import dev.noid.worker.vm.Templates;
import dev.noid.worker.vm.VmRecord;
import dev.noid.worker.vm.VmRestores;
import dev.noid.worker.vm.VmSaves;
import dev.noid.worker.vm.WarmPool;
import java.util.Optional;

/// What checkpoints are made, kept and loaded with.
public record Checkpointing(
        VmSaves saves,
        VmRestores restores,
        CheckpointStore store,
        CheckpointRows rows,
        Room room,
        Chains chains,
        Templates templates,
        WarmPool pool) {
    /// Why what runs can't be kept now. Makes its disk's chain short first, when that is due.
    ///
    /// @param keep it is the one before a restore
    Optional<JobError> lacking(LiveVm live, boolean keep, Task task) {
        Optional<JobError> lacking = room.lacking(
                        rows.bytes(), Room.resident(live.machine().pid()), keep)
                .or(() -> chains.shorten(live, keep, task::cancelled, task.timing()));
        return task.cancelled() ? Optional.of(Task.abandoned()) : lacking;
    }

    /// An empty directory for a checkpoint, and what its memory is likely to be much like: the one its VM goes on from,
    /// else the template of its kind.
    VmSaves.Into begin(CheckpointRow row, SavedDirectory place, VmRecord of) {
        Optional<SavedDirectory> base = Optional.ofNullable(row.parent())
                .flatMap(rows::find)
                .map(parent -> store.of(parent.vm(), parent.id()))
                .filter(parent -> parent.read().isPresent())
                .or(() -> templates.find(of));
        return new VmSaves.Into(place.begin(), base.map(SavedDirectory::path));
    }
}
