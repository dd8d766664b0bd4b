package dev.noid.schema.api;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;

/// Text messages a client sends on the WebSocket `/jobs/{id}/stream`; stdin bytes are binary messages.
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
@JsonSubTypes({
    @JsonSubTypes.Type(value = StreamRequest.Eof.class, name = "eof"),
    @JsonSubTypes.Type(value = StreamRequest.Signal.class, name = "signal"),
})
public sealed interface StreamRequest {
    /// stdin ends at this offset.
    record Eof(long offset) implements StreamRequest {}

    /// @param signal name without SIG, e.g. `INT`
    record Signal(String signal) implements StreamRequest {}
}
