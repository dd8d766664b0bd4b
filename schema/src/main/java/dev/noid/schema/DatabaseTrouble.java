package dev.noid.schema;

import java.sql.SQLException;
import java.sql.SQLTransientException;
import org.jspecify.annotations.Nullable;

/// What is the matter with the database when a statement fails that nothing is wrong with. By the SQLSTATE it gave, as
/// most of these have another way out than "it is away".
public enum DatabaseTrouble {
    AWAY("does not answer"),
    DISK_FULL("has no room on its disk"),
    OUT_OF_MEMORY("is out of memory"),
    TOO_MANY_CONNECTIONS("takes no more connections"),
    READ_ONLY("takes no writes: it is a standby, or was told so"),
    STOPPING("is being stopped or started"),
    CLOSED("does not let this user in: it is being upgraded, or the password is another one"),
    SLOW("took too long, or a lock that somebody else has did"),
    /// Not the database's: all connections that this process allows itself are in use.
    BUSY("has all connections of this process in use");

    private final String words;

    DatabaseTrouble(String words) {
        this.words = words;
    }

    /// Goes on behind "the database".
    public String words() {
        return words;
    }

    /// Null when it is none of these: the statement itself is wrong, or what it ran into is somebody's to decide on.
    public static @Nullable DatabaseTrouble of(Throwable error) {
        DatabaseTrouble found = null;
        boolean said = false;
        for (@Nullable Throwable cause = error; cause != null; cause = cause.getCause()) {
            if (cause instanceof SQLException sql) {
                DatabaseTrouble trouble = ofState(sql.getSQLState());
                said |= sql.getSQLState() != null;
                // The innermost one is what the database said; those around it are what became of that here.
                found = trouble != null ? trouble : found;
                if (found == null && sql instanceof SQLTransientException) {
                    found = BUSY;
                }
            }
        }
        return found == BUSY && said ? AWAY : found;
    }

    private static @Nullable DatabaseTrouble ofState(@Nullable String state) {
        if (state == null) {
            return null;
        }
        return switch (state) {
            case "53100" -> DISK_FULL;
            case "53200" -> OUT_OF_MEMORY;
            case "53300" -> TOO_MANY_CONNECTIONS;
            case "25006" -> READ_ONLY;
            case "57P01", "57P02", "57P03", "57P05" -> STOPPING;
            case "28000", "28P01" -> CLOSED;
            case "57014", "55P03" -> SLOW;
            // A session that was idle for too long.
            case "25P03" -> AWAY;
            default ->
                switch (state.substring(0, Math.min(2, state.length()))) {
                    case "08", "40", "53", "57", "58" -> AWAY;
                    default -> null;
                };
        };
    }
}
