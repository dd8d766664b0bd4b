package dev.noid.schema.api;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// `POST /vms/{name}/exec`.
///
/// @param argv             program and arguments; required, no shell is involved
/// @param stdin            text; or `stdinBase64` for bytes; not both; at most 64 KiB
/// @param stdinFollows     more stdin comes over `/jobs/{id}/stream`; otherwise stdin ends after what is here
/// @param timeoutSeconds   0 is none; null is none
/// @param outputLimitBytes stdout and stderr together; null is 1 GiB
/// @param idempotent       may be run again when its fate is unknown
/// @param labels           of its job; form [dev.noid.schema.Labels]
public record ExecVm(
        @Nullable List<String> argv,
        @Nullable Map<String, String> env,
        @Nullable String cwd,
        @Nullable String user,
        @Nullable String stdin,
        byte @Nullable [] stdinBase64,
        @Nullable Boolean stdinFollows,
        @Nullable Double timeoutSeconds,
        @Nullable Long outputLimitBytes,
        @Nullable Boolean idempotent,
        @Nullable Map<String, String> labels) {

    /// One whose job has no labels.
    public ExecVm(
            @Nullable List<String> argv,
            @Nullable Map<String, String> env,
            @Nullable String cwd,
            @Nullable String user,
            @Nullable String stdin,
            byte @Nullable [] stdinBase64,
            @Nullable Boolean stdinFollows,
            @Nullable Double timeoutSeconds,
            @Nullable Long outputLimitBytes,
            @Nullable Boolean idempotent) {
        this(
                argv,
                env,
                cwd,
                user,
                stdin,
                stdinBase64,
                stdinFollows,
                timeoutSeconds,
                outputLimitBytes,
                idempotent,
                null);
    }
}
