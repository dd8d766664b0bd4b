package dev.noid.cli.http;

import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// One request. A POST carries the key under which it may be sent again without being done again.
///
/// @param waitSeconds how long the gateway may wait for the job's end before it answers; 0 is not at all
public record Call(
        String method,
        String path,
        @Nullable Object body,
        @Nullable String key,
        int waitSeconds) {
    public static Call get(String path) {
        return new Call("GET", path, null, null, 0);
    }

    public static Call post(String path, @Nullable Object body, int waitSeconds) {
        return new Call("POST", path, body, UUID.randomUUID().toString(), waitSeconds);
    }

    /// Sets what is there to the body; done twice it is the same.
    public static Call put(String path, Object body) {
        return new Call("PUT", path, body, null, 0);
    }

    public static Call patch(String path, Object body) {
        return new Call("PATCH", path, body, null, 0);
    }

    public static Call delete(String path, int waitSeconds) {
        return new Call("DELETE", path, null, null, waitSeconds);
    }
}
