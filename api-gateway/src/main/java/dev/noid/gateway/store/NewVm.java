package dev.noid.gateway.store;

import dev.noid.schema.job.JobSpec.Shape;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A VM that is asked for.
///
/// @param image      digest
/// @param partition  of `noid.events` and `noid.output`
/// @param checkpoint it goes on from; null when it begins with its image
public record NewVm(
        String id,
        String tenant,
        String name,
        String image,
        Shape shape,
        int partition,
        @Nullable String checkpoint,
        Lifetime lifetime,
        @Nullable Map<String, String> labels) {}
