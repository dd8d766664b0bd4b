package dev.noid.standalone.postgres;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Properties;
import org.jspecify.annotations.Nullable;

/// Whether a PostgreSQL server answers at all; a refusal is an answer.
///
/// @param role the owner's: places are kept for it when all others are taken
public record PostgresAnswer(String jdbcUrl, String role, String password) {
    /// SQLSTATE class 08, connection exception; PostgreSQL's manual, appendix A.
    private static final String NO_CONNECTION = "08";

    public boolean within(Duration patience) {
        Properties properties = new Properties();
        properties.setProperty("user", role);
        properties.setProperty("password", password);
        String seconds = Long.toString(Math.max(1, patience.toSeconds()));
        properties.setProperty("connectTimeout", seconds);
        properties.setProperty("socketTimeout", seconds);
        properties.setProperty("loginTimeout", seconds);
        try (Connection connection = DriverManager.getConnection(jdbcUrl, properties)) {
            return connection.isValid((int) Math.max(1, patience.toSeconds()));
        } catch (SQLException refused) {
            @Nullable String state = refused.getSQLState();
            return state != null && !state.startsWith(NO_CONNECTION);
        }
    }

    /// Without the secret.
    @Override
    public String toString() {
        return jdbcUrl + " as " + role;
    }
}
