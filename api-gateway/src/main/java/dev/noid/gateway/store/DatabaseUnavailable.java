package dev.noid.gateway.store;

/// Postgres does not answer in time. Nothing is known about what was being written: repeat with the same idempotency
/// key.
public final class DatabaseUnavailable extends RuntimeException {
    private static final long serialVersionUID = 1L;

    DatabaseUnavailable(Throwable cause) {
        super("the database does not answer", cause);
    }
}
