package dev.noid.schema.api;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import dev.noid.schema.ExecId;
import dev.noid.schema.record.Stream;

/// One line of `GET /jobs/{id}/output` and `GET /vms/{name}/logs` (NDJSON), and the control messages of the
/// WebSocket `/jobs/{id}/stream`.
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
@JsonSubTypes({
    @JsonSubTypes.Type(value = OutputLine.Chunk.class, name = "chunk"),
    @JsonSubTypes.Type(value = OutputLine.Gap.class, name = "gap"),
    @JsonSubTypes.Type(value = OutputLine.InputAck.class, name = "input_ack"),
    @JsonSubTypes.Type(value = OutputLine.Restored.class, name = "restored"),
    @JsonSubTypes.Type(value = OutputLine.Ended.class, name = "ended"),
    @JsonSubTypes.Type(value = OutputLine.Log.class, name = "log"),
    @JsonSubTypes.Type(value = OutputLine.LogEnded.class, name = "log_ended"),
    @JsonSubTypes.Type(value = OutputLine.Failed.class, name = "failed"),
})
public sealed interface OutputLine {
    /// NDJSON only; the WebSocket carries bytes as binary messages.
    record Chunk(Stream stream, long offset, byte[] base64) implements OutputLine {}

    /// Bytes `from` (inclusive) to `to` (exclusive) can't be had any more.
    record Gap(Stream stream, long from, long to) implements OutputLine {}

    /// WebSocket only: stdin may be sent up to `granted`; `closed` says the process reads no more.
    record InputAck(long acknowledged, long granted, boolean closed) implements OutputLine {}

    /// The VM was put back to a checkpoint: the process this was the output of belongs to the past. `ended` follows.
    ///
    /// @param checkpoint id
    record Restored(String checkpoint) implements OutputLine {}

    /// The job is over and every byte of its output has been said before this.
    record Ended(Job job) implements OutputLine {}

    /// A VM's log only, and its first line: which one it is. Offsets are of this one; a reader that comes again
    /// names it.
    record Log(ExecId log) implements OutputLine {}

    /// A VM's log only, and its last line: nothing more will be written there.
    record LogEnded(LogEnd why) implements OutputLine {}

    /// The stream can't go on; what it is of is not affected. Connect again from the last offsets.
    record Failed(Problem problem) implements OutputLine {}
}
