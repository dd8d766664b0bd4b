package dev.noid.worker.vm;

import dev.noid.schema.job.JobKind;
import dev.noid.schema.job.JobSpec;
import dev.noid.worker.store.VmRow;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// `vm.json`: what is being done to a VM, written before each step that can't be taken back.
///
/// @param image      digest
/// @param generation of the VMM process that runs, ran last, or is about to. Another one written here is the commit of
/// a restore
/// @param partition  of `noid.events` and `noid.output`
/// @param layers     what the disk is made of, lowest first; none in version 1, and before the disk is made
/// @param operation  the lifecycle job that touched it last
/// @param step       the one begun
/// @param pid        of the VMM, once known
/// @param source     checkpoint, or template, that is being loaded or that this generation came from
/// @param replaced   the generation that ran until a restore put this one in its place; null when none did
public record VmRecord(
        int version,
        String vm,
        String tenant,
        String name,
        String image,
        JobSpec.Shape shape,
        long generation,
        int partition,
        String engine,
        List<String> layers,
        JobKind operation,
        String job,
        int attempt,
        Step step,
        @Nullable Long pid,
        @Nullable String source,
        @Nullable Long replaced) {
    public static final int VERSION = 2;

    @SuppressWarnings("ConstantValue") // what was read of version 1 has none
    public VmRecord {
        layers = layers == null ? List.of() : List.copyOf(layers);
    }

    public enum Step {
        DIRECTORY,
        DISK,
        START,
        RUNNING,
        /// A new layer is on top of the disk, and the VM may stand still.
        CHECKPOINT,
        /// Something saved is being loaded. Before a create has got further, its guest must not run.
        LOAD,
        STOP,
        STOPPED,
        REMOVE
    }

    static VmRecord of(VmRow row, String engine, JobKind operation, String job, int attempt, Step step) {
        return new VmRecord(
                VERSION,
                row.id(),
                row.tenant(),
                row.name(),
                row.image(),
                row.shape(),
                row.generation(),
                row.partition(),
                engine,
                List.of(),
                operation,
                job,
                attempt,
                step,
                null,
                null,
                null);
    }

    /// One like this that nobody has yet, made of a template.
    VmRecord pooled(String id, String template) {
        return new VmRecord(
                VERSION,
                id,
                "",
                "pool",
                image,
                shape,
                1,
                0,
                engine,
                List.of(),
                JobKind.CREATE,
                "",
                0,
                Step.LOAD,
                null,
                template,
                null);
    }

    public VmRecord at(Step next) {
        return with(generation, layers, operation, job, attempt, next, pid, source, replaced);
    }

    public VmRecord running(long newPid) {
        return with(generation, layers, operation, job, attempt, Step.RUNNING, newPid, source, replaced);
    }

    /// Another job begins on it.
    public VmRecord begin(JobKind kind, String newJob, int newAttempt, Step first) {
        return with(generation, layers, kind, newJob, newAttempt, first, pid, source, replaced);
    }

    public VmRecord withLayers(List<String> now) {
        return with(generation, now, operation, job, attempt, step, pid, source, replaced);
    }

    /// What is to be loaded.
    public VmRecord loading(String from) {
        return with(generation, layers, operation, job, attempt, Step.LOAD, pid, from, replaced);
    }

    /// The one that takes this one's place.
    ///
    /// @param runs this one does
    public VmRecord next(List<String> loaded, boolean runs) {
        Long before = runs ? Long.valueOf(generation) : null;
        return with(generation + 1, loaded, operation, job, attempt, step, null, source, before);
    }

    /// A new start, from the files as they are.
    VmRecord started(long newGeneration, String newJob, int newAttempt) {
        return with(newGeneration, layers, JobKind.START, newJob, newAttempt, Step.START, null, null, null);
    }

    private VmRecord with(
            long ofGeneration,
            List<String> ofLayers,
            JobKind kind,
            String ofJob,
            int ofAttempt,
            Step next,
            @Nullable Long ofPid,
            @Nullable String from,
            @Nullable Long before) {
        return new VmRecord(
                VERSION,
                vm,
                tenant,
                name,
                image,
                shape,
                ofGeneration,
                partition,
                engine,
                ofLayers,
                kind,
                ofJob,
                ofAttempt,
                next,
                ofPid,
                from,
                before);
    }
}
