package dev.noid.bench.queue;

import java.io.IOException;

/// Something that takes a job to another thread or process and brings its end back.
@FunctionalInterface
public interface RoundTrips {
    /// One, to its end.
    void one() throws IOException, InterruptedException;
}
