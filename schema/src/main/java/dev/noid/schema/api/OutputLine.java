package dev.noid.schema.api;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import dev.noid.schema.record.Stream;

/// One line of `GET /jobs/{id}/output` (NDJSON), and the control messages of the WebSocket `/jobs/{id}/stream`.
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
@JsonSubTypes({
    @JsonSubTypes.Type(value = OutputLine.Chunk.class, name = "chunk"),
    @JsonSubTypes.Type(value = OutputLine.Gap.class, name = "gap"),
    @JsonSubTypes.Type(value = OutputLine.InputAck.class, name = "input_ack"),
    @JsonSubTypes.Type(value = OutputLine.Restored.class, name = "restored"),
    @JsonSubTypes.Type(value = OutputLine.Ended.class, name = "ended"),
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

    /// The stream can't go on; the job is not affected. Connect again from the last offsets.
    record Failed(Problem problem) implements OutputLine {}
}
