package dev.noid.worker.vm;

import dev.noid.schema.Deadline;
import dev.noid.schema.job.JobError;
import dev.noid.worker.engine.EngineResult;
import io.github.resilience4j.core.IntervalFunction;
import io.github.resilience4j.retry.Retry;
import io.github.resilience4j.retry.RetryConfig;
import java.time.Duration;
import java.util.function.Supplier;

/// Three tries within two seconds for what this host may mend by itself (a busy file, a socket that is not up yet).
/// Anything longer is for another host to try.
final class LocalRetry {
    private static final int TRIES = 3;
    private static final Duration WITHIN = Duration.ofSeconds(2);
    private static final IntervalFunction BACKOFF =
            IntervalFunction.ofExponentialRandomBackoff(Duration.ofMillis(100), 2.0, 0.5);

    private LocalRetry() {}

    static <T> EngineResult<T> call(Supplier<EngineResult<T>> work) {
        Deadline within = Deadline.after(WITHIN);
        RetryConfig config = RetryConfig.<EngineResult<T>>custom()
                .maxAttempts(TRIES)
                .intervalFunction(BACKOFF)
                .retryOnException(_ -> false)
                .retryOnResult(result -> !within.passed()
                        && result instanceof EngineResult.Failed<T>(JobError error, boolean retryable)
                        && retryable
                        && error.fault() == JobError.Fault.HOST)
                .build();
        return Retry.of("engine", config).executeSupplier(work);
    }
}
