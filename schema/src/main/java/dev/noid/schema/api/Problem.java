package dev.noid.schema.api;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// An error reply, `application/problem+json` (RFC 9457).
///
/// @param type   `urn:noid:problem:` and the code
/// @param code   stable, snake_case
/// @param hint   the way out
/// @param errors one per wrong field
public record Problem(
        String type,
        String title,
        int status,
        String detail,
        String code,
        @Nullable String hint,
        @Nullable String requestId,
        @Nullable List<FieldError> errors) {

    /// @param pointer JSON pointer (RFC 6901) of the field, or the name of a parameter or header
    public record FieldError(String pointer, String detail) {}

    public static Problem of(int status, String code, String title, String detail, @Nullable String hint) {
        return new Problem("urn:noid:problem:" + code, title, status, detail, code, hint, null, null);
    }

    public Problem withRequestId(String id) {
        return new Problem(type, title, status, detail, code, hint, id, errors);
    }

    public Problem withErrors(List<FieldError> fieldErrors) {
        return new Problem(type, title, status, detail, code, hint, requestId, fieldErrors);
    }
}
