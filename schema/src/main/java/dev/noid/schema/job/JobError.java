package dev.noid.schema.job;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// Why a job did not succeed.
///
/// @param code    stable and machine-readable, snake_case
/// @param message one sentence for a person
/// @param hint    what to do about it
/// @param fault   whose fault it is, which decides who may try again
public record JobError(
        String code, String message, @Nullable String hint, Fault fault) {
    public enum Fault {
        /// The user's program or request; only the user can mend it.
        USER,
        /// This host; another one may succeed.
        HOST,
        /// Noid itself.
        PLATFORM;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    public static JobError user(String code, String message, @Nullable String hint) {
        return new JobError(code, message, hint, Fault.USER);
    }

    public static JobError host(String code, String message) {
        return new JobError(code, message, null, Fault.HOST);
    }

    public static JobError platform(String code, String message) {
        return new JobError(code, message, null, Fault.PLATFORM);
    }
}
