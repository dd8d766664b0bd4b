package dev.noid.gateway.live;

import java.util.OptionalLong;

/// Where output is read from. Behind an interface, so that many watchers can share one consumer later.
public interface OutputSource extends AutoCloseable {
    /// A reader of one partition from `offset` on, or from the first record that is still there. Waits for a
    /// free place at most a few seconds; throws [TooManyReaders].
    OutputCursor open(String token, int partition, long offset) throws InterruptedException, TooManyReaders;

    /// The partition's end now; empty when the broker is away.
    default OptionalLong end(String token, int partition) throws InterruptedException, TooManyReaders {
        try (OutputCursor cursor = open(token, partition, 0)) {
            return cursor.end();
        }
    }

    @Override
    void close();
}
