package dev.noid.worker.engine;

import dev.noid.schema.job.JobError;

/// What came of a call to an engine. What the caller decides on is a value; an exception is a bug.
public sealed interface EngineResult<T> {
    record Ok<T>(T value) implements EngineResult<T> {}

    /// @param error     what to say, and whose fault it is
    /// @param retryable another try, here or elsewhere, can help
    record Failed<T>(JobError error, boolean retryable) implements EngineResult<T> {}
}
