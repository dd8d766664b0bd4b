package dev.noid.schema.record;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import dev.noid.schema.job.Outcome;
import dev.noid.schema.vm.VmObserved;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// What a worker says back. A hint that a row has changed: the row was written before.
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
@JsonSubTypes({
    @JsonSubTypes.Type(value = Event.AttemptStarted.class, name = "attempt_started"),
    @JsonSubTypes.Type(value = Event.AttemptEnded.class, name = "attempt_ended"),
    @JsonSubTypes.Type(value = Event.VmChanged.class, name = "vm_changed"),
    @JsonSubTypes.Type(value = Event.SignalAnswered.class, name = "signal_answered"),
})
public sealed interface Event {
    String vm();

    long generation();

    @JsonIgnore
    default String type() {
        return switch (this) {
            case AttemptStarted _ -> "attempt_started";
            case AttemptEnded _ -> "attempt_ended";
            case VmChanged _ -> "vm_changed";
            case SignalAnswered _ -> "signal_answered";
        };
    }

    /// Of an exec only when it runs for longer than 20 ms: what is over at once is told by its end alone.
    record AttemptStarted(String vm, long generation, String job, int attempt) implements Event {}

    /// @param startedAt of its job, by the database's clock; null where the row has to be asked
    /// @param endedAt   of its job, by the database's clock; null where the row has to be asked
    record AttemptEnded(
            String vm,
            long generation,
            String job,
            int attempt,
            Outcome outcome,
            @Nullable Instant startedAt,
            @Nullable Instant endedAt)
            implements Event {}

    record VmChanged(
            String vm,
            long generation,
            VmObserved observed,
            @Nullable String reason) implements Event {}

    /// @param delivered false when the exec had ended already or refused it; detail says which
    record SignalAnswered(
            String vm,
            long generation,
            String job,
            int attempt,
            String signal,
            boolean delivered,
            @Nullable String detail)
            implements Event {}
}
