package dev.noid.schema.record;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import dev.noid.schema.job.JobSpec;

/// Tells the worker of one host to do something. May arrive twice, late or never; the job's row decides.
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
@JsonSubTypes({
    @JsonSubTypes.Type(value = Command.StartAttempt.class, name = "start_attempt"),
    @JsonSubTypes.Type(value = Command.CancelAttempt.class, name = "cancel_attempt"),
    @JsonSubTypes.Type(value = Command.SignalExec.class, name = "signal_exec"),
})
public sealed interface Command {
    /// Id of the host it is for; others on the same partition ignore it.
    String host();

    String job();

    int attempt();

    @JsonIgnore
    default String type() {
        return switch (this) {
            case StartAttempt _ -> "start_attempt";
            case CancelAttempt _ -> "cancel_attempt";
            case SignalExec _ -> "signal_exec";
        };
    }

    /// What the worker counts in nanoseconds, and the guest as it comes. 2^41 ms are some 70 years.
    private static void check(JobSpec spec) {
        boolean good =
                switch (spec) {
                    case JobSpec.Exec exec ->
                        exec.timeoutMillis() >= 0
                                && exec.timeoutMillis() <= 1L << 41
                                && exec.graceMillis() >= 0
                                && exec.outputLimitBytes() >= 0;
                    case JobSpec.Stop stop -> stop.graceMillis() >= 0;
                    case JobSpec.Create _,
                            JobSpec.Start _,
                            JobSpec.Destroy _,
                            JobSpec.Checkpoint _,
                            JobSpec.Restore _ -> true;
                };
        if (!good) {
            throw new IllegalArgumentException("a time or limit of the job's is no number that could be one");
        }
    }

    /// @param generation what the VM's generation must be for this attempt to be allowed
    /// @param partition  of `noid.events` and `noid.output`, stored in the VM's row
    record StartAttempt(
            String host,
            String job,
            int attempt,
            String tenant,
            String vm,
            long generation,
            int partition,
            JobSpec spec)
            implements Command {
        public StartAttempt {
            if (generation < 0 || partition < 0) {
                throw new IllegalArgumentException(
                        "no VM has generation " + generation + " and partition " + partition);
            }
            check(spec);
        }
    }

    record CancelAttempt(String host, String job, int attempt, String vm) implements Command {}

    /// @param signal id of this request, answered by [Event.SignalAnswered]
    /// @param number 1 to 64, Linux
    record SignalExec(String host, String job, int attempt, String vm, String signal, int number) implements Command {
        public SignalExec {
            if (number < 1 || number > 64) {
                throw new IllegalArgumentException("no signal has number " + number);
            }
        }
    }
}
