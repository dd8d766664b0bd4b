package dev.noid.schema.record;

import org.jspecify.annotations.Nullable;

/// What a record turned out to be.
public sealed interface Decoded<T> {
    record Value<T>(T value) implements Decoded<T> {}

    /// A record that carries nothing: the first one of a fresh partition, or a kind that a newer version added.
    record Skip<T>() implements Decoded<T> {}

    /// @param job the job it names, when that much could be read
    record Unreadable<T>(String reason, @Nullable String job) implements Decoded<T> {}
}
