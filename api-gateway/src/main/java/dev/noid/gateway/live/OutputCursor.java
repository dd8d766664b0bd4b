package dev.noid.gateway.live;

import dev.noid.schema.ExecId;
import dev.noid.schema.record.Output;
import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;

/// A place in a partition of `noid.output`. Used by one thread, except [#wakeup].
public interface OutputCursor extends AutoCloseable {
    /// What comes next of this exec; may be empty, and is when the time is over or somebody woke it. About 1 MiB at
    /// most.
    List<Output> poll(ExecId exec, Duration span) throws InterruptedException;

    /// Everything before this Kafka offset has been polled.
    long position();

    /// The partition's end now; empty when the broker is away or somebody woke it.
    OptionalLong end() throws InterruptedException;

    /// From any thread: ends a [#poll] that waits, or the next one.
    void wakeup();

    @Override
    void close();
}
