package dev.noid.gateway.store;

import dev.noid.schema.job.JobSpec;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// An exec that is asked for.
///
/// @param vm          its name
/// @param key         of the request; null when there was none
/// @param fingerprint of the request
public record NewExec(
        String job,
        String tenant,
        String vm,
        JobSpec.Exec spec,
        @Nullable Map<String, String> labels,
        @Nullable String key,
        byte[] fingerprint) {}
