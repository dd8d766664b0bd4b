package dev.noid.gateway.store;

import dev.noid.schema.DatabaseTrouble;
import dev.noid.schema.api.Problem;

/// Postgres can't do it now. Where it says itself that it did not, nothing of it was done; else nothing is known about
/// what was being written: repeat with the same idempotency key.
public final class DatabaseUnavailable extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private static final String UNDONE = " Nothing of this request was done.";
    private static final String AGAIN = "try again in a few seconds, with the same Idempotency-Key";

    private final DatabaseTrouble trouble;

    DatabaseUnavailable(DatabaseTrouble trouble, Throwable cause) {
        super("the database " + trouble.words(), cause);
        this.trouble = trouble;
    }

    public DatabaseTrouble trouble() {
        return trouble;
    }

    /// What people hear: what is the matter, whether the request took effect, and the way out.
    public Problem problem() {
        return problem(trouble);
    }

    public static Problem problem(DatabaseTrouble trouble) {
        return switch (trouble) {
            case AWAY ->
                Problem.of(
                        503,
                        "database_unavailable",
                        "Database away",
                        "The database does not answer. Whether this request took effect is not known.",
                        AGAIN);
            case STOPPING ->
                Problem.of(
                        503,
                        "database_stopping",
                        "Database stops or starts",
                        "The database is being stopped or started. Whether this request took effect is not known.",
                        AGAIN);
            case DISK_FULL ->
                Problem.of(
                        507,
                        "disk_full",
                        "Disk full",
                        "The database's disk is full: what is there can be read, but nothing can be written." + UNDONE,
                        "make room on the disk that has the database, then repeat the request");
            case OUT_OF_MEMORY ->
                Problem.of(
                        503,
                        "database_out_of_memory",
                        "Database out of memory",
                        "The database has no memory left for this." + UNDONE,
                        AGAIN);
            case TOO_MANY_CONNECTIONS ->
                Problem.of(
                        503,
                        "database_too_many_connections",
                        "Database takes no more connections",
                        "The database has as many connections as it allows (max_connections)." + UNDONE,
                        AGAIN);
            case READ_ONLY ->
                Problem.of(
                        503,
                        "database_read_only",
                        "Database takes no writes",
                        "The database is a standby, or was told to take no writes." + UNDONE,
                        "see to it that the gateway is connected to the primary");
            case CLOSED ->
                Problem.of(
                        503,
                        "database_closed",
                        "Database closed",
                        "The database does not let this gateway in: it is being upgraded, or the password is another one."
                                + UNDONE,
                        AGAIN);
            case SLOW ->
                Problem.of(
                        503,
                        "database_slow",
                        "Database too slow",
                        "It took the database too long, or a lock that somebody else has did." + UNDONE,
                        AGAIN);
            case BUSY ->
                Problem.of(
                        503,
                        "database_busy",
                        "No connection free",
                        "All connections of this gateway that this could use are busy." + UNDONE,
                        AGAIN);
        };
    }
}
