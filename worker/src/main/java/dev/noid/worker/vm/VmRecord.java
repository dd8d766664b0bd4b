package dev.noid.worker.vm;

import dev.noid.schema.job.JobKind;
import dev.noid.schema.job.JobSpec;
import org.jspecify.annotations.Nullable;

/// `vm.json`: what is being done to a VM, written before each step that can't be taken back.
///
/// @param image      digest
/// @param generation of the VMM process that runs, ran last, or is about to
/// @param partition  of `noid.events` and `noid.output`
/// @param operation  the lifecycle job that touched it last
/// @param step       the one begun
/// @param pid        of the VMM, once known
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
        JobKind operation,
        String job,
        int attempt,
        Step step,
        @Nullable Long pid) {
    public static final int VERSION = 1;

    public enum Step {
        DIRECTORY,
        DISK,
        START,
        RUNNING,
        STOP,
        STOPPED,
        REMOVE
    }

    public VmRecord at(Step next) {
        return with(operation, job, attempt, next, pid);
    }

    public VmRecord running(long newPid) {
        return with(operation, job, attempt, Step.RUNNING, newPid);
    }

    /// Another job begins on it.
    public VmRecord begin(JobKind kind, String newJob, int newAttempt, Step first) {
        return with(kind, newJob, newAttempt, first, pid);
    }

    private VmRecord with(JobKind kind, String ofJob, int ofAttempt, Step next, @Nullable Long ofPid) {
        return new VmRecord(
                version,
                vm,
                tenant,
                name,
                image,
                shape,
                generation,
                partition,
                engine,
                kind,
                ofJob,
                ofAttempt,
                next,
                ofPid);
    }
}
