package dev.noid.worker.engine;

import dev.noid.schema.Deadline;
import dev.noid.schema.job.JobError;
import dev.noid.worker.guest.Identity;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/// How VMs are run. All engines pass one contract test. Every call ends by its deadline.
public interface Engine {
    /// `qemu` or `stub`.
    String name();

    /// What it promises: `kvm`, or `none`.
    String isolation();

    /// `kvm`, `tcg` or `process`.
    String accelerator();

    /// Bytes of memory that its VMs could have together now, whatever they were promised; empty when that can't be
    /// known.
    default OptionalLong memoryBytes() {
        return OptionalLong.empty();
    }

    /// Makes the VM's disk in its directory, grown to the size asked for. Called again after a crash it starts over.
    EngineResult<Disk> prepare(VmHome home, Boot boot, Deadline deadline);

    /// Starts the VMM as a process of its own session that holds its generation's lock for life, and waits until the
    /// agent has answered. Refused while any generation runs in this home. A VM that does not get so far by the
    /// deadline is killed and its run directory removed.
    EngineResult<Machine> start(VmHome home, Boot boot, Deadline deadline);

    /// The VM that a worker before this one left running in this directory as the boot's generation; empty when its
    /// lock is free (it is gone). One that was left standing still or quiesced goes on.
    EngineResult<Optional<Machine>> adopt(VmHome home, Boot boot, Deadline deadline);

    /// Ends the VMM that holds the lock of the boot's generation, if one does, without asking it or its guest: for one
    /// that can't be adopted. Throws IllegalStateException when it survives.
    void kill(VmHome home, Boot boot);

    /// What has to be the same for a VM saved from such a boot to be loaded: VMM build, machine, accelerator, CPU,
    /// kernels, shape, agent protocol.
    Fingerprint fingerprint(Boot boot);

    /// Why what was saved in `saved` can't be loaded here: another fingerprint, a file that lacks, is short or is not
    /// what was written. Empty when it can. Stops and changes nothing.
    Optional<JobError> check(Path saved, Boot boot);

    /// An empty layer on top of the boot's, for [PausedMachine#save] to go on with; nothing uses it yet. Its own name
    /// is nobody else's, ever. Layers of the answer: those of the boot and the new one.
    EngineResult<Disk> addLayer(VmHome home, Boot boot, Deadline deadline);

    /// What [PausedMachine#save] need not write again: the memory of a VM saved before, linked into the directory and
    /// read once, while the VM still goes on. Nothing when that one is not there, damaged or of another size.
    /// Whichever it is, what is saved is the same.
    ///
    /// @param directory to save into
    /// @param saved     the directory of the one before
    default MemoryBase base(Path directory, Path saved, Boot boot, Deadline deadline) {
        return MemoryBase.none();
    }

    /// What [PausedMachine#save] left for after the resume, so that the VM need not stand still for it: what the files
    /// take on the disk, and the checksums. Its answer goes into the manifest.
    default EngineResult<PausedMachine.Saved> seal(Path directory, PausedMachine.Saved saved, Deadline deadline) {
        return new EngineResult.Ok<>(saved);
    }

    /// Puts what was saved beside whatever runs in this home: links the saved layers, adds an empty one on top, copies
    /// the memory to where the boot's generation will have it, and compares all with their checksums on the way.
    /// Touches nothing of another generation. Layers of the answer are what to boot with.
    EngineResult<Disk> load(VmHome home, Boot boot, Path saved, Deadline deadline);

    /// Starts a VMM on what [#load] has put there, and reinitialises its guest, whose processes are frozen until
    /// [dev.noid.worker.guest.Guest#thaw]. A VM that does not get so far by the deadline is killed and its run
    /// directory removed; one of another generation in the same home is not touched.
    EngineResult<Machine> restore(VmHome home, Boot boot, Identity identity, Deadline deadline);

    /// Ends the VMM of this boot's generation, if there is one, and removes its run directory and memory; nothing of
    /// another generation. For a restore that came to nothing and for a generation that was replaced.
    void discard(VmHome home, Boot boot);

    /// @param bytes  allocated on the host
    /// @param layers what the VM's disk is made of, lowest first
    record Disk(long bytes, List<String> layers) {}
}
