package dev.noid.gateway.store;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.noid.schema.DatabaseTrouble;
import dev.noid.schema.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Properties;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.JdbiException;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/// The gateway's connections to Postgres. Every wait is bounded here, so that a database that is away costs a
/// caller seconds and ends in [DatabaseUnavailable].
public final class Database implements AutoCloseable {
    private static final int CONNECTIONS = 12;
    private static final int CONNECT_MILLIS = 3_000;
    private static final int TRIES = 4;
    /// Lists have connections of their own: however slow they are and however many are asked for, the others are for
    /// execs.
    private static final int LIST_CONNECTIONS = 4;
    private static final int LIST_CONNECT_MILLIS = 2_000;
    private static final int LIST_MILLIS = 3_000;

    private final HikariDataSource pool;
    private final HikariDataSource listPool;
    private final Jdbi jdbi;
    private final Jdbi listJdbi;
    private final JsonMapper json = Json.records();

    public Database(DatabaseConfig config) {
        this.pool = pool(config, "postgres", CONNECTIONS, CONNECT_MILLIS, 5_000);
        this.listPool = pool(config, "postgres-lists", LIST_CONNECTIONS, LIST_CONNECT_MILLIS, LIST_MILLIS);
        this.jdbi = Jdbi.create(pool);
        this.listJdbi = Jdbi.create(listPool);
    }

    private static HikariDataSource pool(
            DatabaseConfig config, String name, int connections, int connectMillis, int statementMillis) {
        HikariConfig hikari = new HikariConfig();
        hikari.setPoolName(name);
        hikari.setJdbcUrl(config.url());
        hikari.setUsername(config.user());
        hikari.setPassword(password(config));
        hikari.setMaximumPoolSize(connections);
        hikari.setMinimumIdle(Math.min(2, connections / 4));
        hikari.setConnectionTimeout(connectMillis);
        hikari.setValidationTimeout(1_500);
        // The database may come up after the gateway.
        hikari.setInitializationFailTimeout(-1);
        hikari.addDataSourceProperty("ApplicationName", "noid-gateway");
        hikari.addDataSourceProperty("connectTimeout", "3");
        hikari.addDataSourceProperty("socketTimeout", "8");
        hikari.addDataSourceProperty("tcpKeepAlive", "true");
        hikari.addDataSourceProperty(
                "options",
                "-c statement_timeout=" + statementMillis
                        + " -c lock_timeout=3000 -c idle_in_transaction_session_timeout=10000"
                        // Rows are found by key: to plan each statement anew costs more than it can save.
                        + " -c plan_cache_mode=force_generic_plan");
        return new HikariDataSource(hikari);
    }

    /// Connects once, without the pool: that one waits ever longer between its tries while the database is starting.
    /// Throws [DatabaseUnavailable]. The result means nothing.
    public static boolean reach(DatabaseConfig config) {
        Properties properties = new Properties();
        properties.setProperty("user", config.user());
        properties.setProperty("password", password(config));
        properties.setProperty("connectTimeout", "3");
        properties.setProperty("socketTimeout", "8");
        try (Connection connection = DriverManager.getConnection(config.url(), properties)) {
            return connection.isValid(1);
        } catch (SQLException e) {
            DatabaseTrouble trouble = DatabaseTrouble.of(e);
            throw new DatabaseUnavailable(trouble == null ? DatabaseTrouble.AWAY : trouble, e);
        }
    }

    /// Runs `work` in one transaction; any exception rolls it back. Throws [DatabaseUnavailable].
    ///
    /// `work` may run again: a worker writes job before VM and a gateway locks VM before job, so now and then one
    /// of the two is picked by the database to give way. Nothing of that try is left.
    public <T> T transaction(Function<Tx, T> work) {
        return tried(() -> jdbi.inTransaction(handle -> work.apply(new Tx(handle, json))));
    }

    /// Like [#transaction], for a single statement: it is a transaction of its own, and needs no
    /// BEGIN and no COMMIT to be sent.
    public <T> T statement(Function<Tx, T> work) {
        return tried(() -> jdbi.withHandle(handle -> work.apply(new Tx(handle, json))));
    }

    private static <T> T tried(Supplier<T> work) {
        for (int tries = 1; ; tries++) {
            try {
                return work.get();
            } catch (JdbiException e) {
                if (tries == TRIES || !gaveWay(e)) {
                    throw told(e);
                }
            }
        }
    }

    /// For a single statement that changes nothing, or that nobody minds being tried once only.
    public <T> T read(Function<Tx, T> work) {
        return read(jdbi, work);
    }

    /// For what may read much: a list, a sum. On one of a few connections that nothing else needs; throws
    /// [DatabaseUnavailable] with `BUSY` when there is none for 2 s, and with `SLOW` after 3.
    public <T> T list(Function<Tx, T> work) {
        return read(listJdbi, work);
    }

    private <T> T read(Jdbi from, Function<Tx, T> work) {
        try {
            return from.withHandle(handle -> work.apply(new Tx(handle, json)));
        } catch (JdbiException e) {
            throw told(e);
        }
    }

    private static RuntimeException told(JdbiException e) {
        DatabaseTrouble trouble = DatabaseTrouble.of(e);
        return trouble == null ? e : new DatabaseUnavailable(trouble, e);
    }

    @Override
    public void close() {
        pool.close();
        listPool.close();
    }

    private static String password(DatabaseConfig config) {
        try {
            return Files.readString(config.passwordFile()).strip();
        } catch (IOException e) {
            throw new UncheckedIOException("password file " + config.passwordFile() + " can't be read", e);
        }
    }

    /// Also who wrote a key that another request wrote meanwhile: tried again, it finds that one.
    private static boolean gaveWay(Throwable error) {
        return states(error).anyMatch(state -> state.startsWith("40") || state.equals("23505"));
    }

    private static Stream<String> states(Throwable error) {
        return causes(error)
                .filter(SQLException.class::isInstance)
                .map(cause -> String.valueOf(((SQLException) cause).getSQLState()));
    }

    private static Stream<Throwable> causes(Throwable error) {
        Stream.Builder<Throwable> causes = Stream.builder();
        for (@Nullable Throwable cause = error; cause != null; cause = cause.getCause()) {
            causes.add(cause);
        }
        return causes.build();
    }
}
