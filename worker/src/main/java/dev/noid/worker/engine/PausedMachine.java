package dev.noid.worker.engine;

import dev.noid.schema.Deadline;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/// A VM that stands still: its guest is quiesced, its VMM stopped. Whoever paused it resumes or ends it.
public interface PausedMachine {
    Machine machine();

    /// Saves memory, disk and devices as they are into a directory that is there and has nothing but what `base` put
    /// there: `state`, `mem/`, `disk/`. The VM's disk goes on in the top layer of `next` (see [Engine#addLayer]),
    /// and the ones below never change again. Not durable, and not to be loaded before [Engine#seal]. After a
    /// failure the directory holds anything, and the VM can be resumed.
    ///
    /// @param base see [Engine#base]
    EngineResult<Saved> save(Path directory, MemoryBase base, Boot next, Deadline deadline);

    /// Lets VMM and guest go on. A VMM that can't any more is killed: a VM runs or has ended, and never just stands
    /// there. One that was let go ([Machine#close]) is not touched: whoever takes it over lets it go on.
    void resume();

    /// As [#resume], but only the VMM goes on, in a home that its files have been moved to; its guest stays
    /// quiesced. What is open to it stays open. After a failure end it.
    EngineResult<Machine> moveOn(VmHome home, Boot boot, Deadline deadline);

    /// @param files     what was written or linked, by path below the directory; those of the memory lowest first
    /// @param checksums for [Engine#check] and [Engine#load]; opaque
    record Saved(List<SavedFile> files, Map<String, String> checksums) {}

    /// @param path  below the directory
    /// @param name  the same wherever the same file is linked
    /// @param bytes allocated; known once it is sealed
    record SavedFile(String path, String name, long bytes) {}
}
