package dev.noid.worker.job;

import dev.noid.schema.ExecId;
import dev.noid.schema.job.JobKind;
import dev.noid.schema.job.JobSpec;
import dev.noid.schema.job.JobState;
import dev.noid.schema.job.Outcome;
import dev.noid.schema.record.Command;
import dev.noid.worker.store.CheckpointChange;
import dev.noid.worker.store.Ending;
import dev.noid.worker.store.Unclaimed;
import dev.noid.worker.store.Unfinished;
import dev.noid.worker.store.VmChange;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// What an attempt is to do, from a command or from the rows.
///
/// @param generation of the VM that it is allowed for
/// @param partition  of the VM's events and output
record Assignment(ExecId attempt, String vm, long generation, int partition, JobSpec spec) {
    static Assignment of(Command.StartAttempt command) {
        return new Assignment(
                new ExecId(command.job(), command.attempt()),
                command.vm(),
                command.generation(),
                command.partition(),
                command.spec());
    }

    static Assignment of(Unclaimed job) {
        return new Assignment(
                job.attempt(), job.vm().id(), job.generation(), job.vm().partition(), job.spec());
    }

    static Assignment of(Unfinished work) {
        return new Assignment(
                work.attempt(), work.vm().id(), work.generation(), work.vm().partition(), work.spec());
    }

    JobKind kind() {
        return spec.kind();
    }

    Ending ending(Outcome outcome, @Nullable VmChange change) {
        return ending(new Done(outcome, change));
    }

    /// Without success, checkpoints that were to be made fail with it, unless it says something else of them.
    Ending ending(Done done) {
        Stream<CheckpointChange> failed =
                done.checkpoints().isEmpty() && done.outcome().state() != JobState.SUCCEEDED
                        ? toMake().map(CheckpointChange.Failed::new)
                        : Stream.empty();
        return new Ending(
                attempt,
                kind(),
                vm,
                generation,
                partition,
                done.outcome(),
                done.change(),
                Stream.concat(done.checkpoints().stream(), failed).toList());
    }

    /// Ids of the checkpoints it is to make.
    private Stream<String> toMake() {
        return switch (spec) {
            case JobSpec.Checkpoint(String checkpoint) -> Stream.of(checkpoint);
            case JobSpec.Restore restore -> Stream.ofNullable(restore.keep());
            case JobSpec.Create _, JobSpec.Start _, JobSpec.Stop _, JobSpec.Destroy _, JobSpec.Exec _ -> Stream.of();
        };
    }
}
