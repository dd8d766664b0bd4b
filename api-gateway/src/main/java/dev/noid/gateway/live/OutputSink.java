package dev.noid.gateway.live;

import dev.noid.schema.api.OutputLine;
import java.io.IOException;

/// Where a watcher's lines go. A slow one makes the reader wait; one that is gone throws.
public interface OutputSink {
    void line(OutputLine line) throws IOException, InterruptedException;

    /// There is a place to read from, and lines may come.
    default void begins() throws IOException {}

    /// Nothing came for a while.
    default void idle() throws IOException, InterruptedException {}
}
