package dev.noid.schema.job;

import org.jspecify.annotations.Nullable;

/// How a process ended and where its output is. Exactly one of exitCode and signal is set when it ran.
///
/// @param exitCode    0 to 255; also 126 or 127 when the program could not be run
/// @param signal      name without SIG, e.g. `KILL`
/// @param stdoutBytes bytes the process wrote there, all of them on `noid.output`
/// @param partition   of `noid.output`
/// @param firstOffset a Kafka offset no later than the first record of this exec
/// @param runMillis   from fork to end, measured in the guest
public record ExecResult(
        @Nullable Integer exitCode,
        @Nullable String signal,
        long stdoutBytes,
        long stderrBytes,
        int partition,
        long firstOffset,
        long runMillis) {}
