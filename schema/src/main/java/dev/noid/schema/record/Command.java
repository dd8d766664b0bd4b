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
            implements Command {}

    record CancelAttempt(String host, String job, int attempt, String vm) implements Command {}

    /// @param signal id of this request, answered by [Event.SignalAnswered]
    /// @param number 1 to 64, Linux
    record SignalExec(String host, String job, int attempt, String vm, String signal, int number) implements Command {}
}
