package dev.noid.schema.api;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// `POST /vms/{name}/fork`: new VMs that go on from where this one is, or was.
///
/// @param checkpoint as in [RestoreVm]; null makes a new one of the running VM first
/// @param count      1 to 100; null is 1
/// @param namePrefix the forks are `{namePrefix}-1` …; null is the VM's name and `-fork`
/// @param names      instead of count and prefix
/// @param ttlSeconds, idleStopSeconds, labels of each of them, as in [CreateVm]
public record ForkVm(
        @Nullable String checkpoint,
        @Nullable Integer count,
        @Nullable String namePrefix,
        @Nullable List<String> names,
        @Nullable Long ttlSeconds,
        @Nullable Integer idleStopSeconds,
        @Nullable Map<String, String> labels) {

    /// Those that are there until somebody destroys them.
    public ForkVm(
            @Nullable String checkpoint,
            @Nullable Integer count,
            @Nullable String namePrefix,
            @Nullable List<String> names) {
        this(checkpoint, count, namePrefix, names, null, null, null);
    }
}
