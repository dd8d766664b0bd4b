package dev.noid.worker.store;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.noid.schema.DatabaseTrouble;
import io.github.resilience4j.core.IntervalFunction;
import io.github.resilience4j.retry.Retry;
import io.github.resilience4j.retry.RetryConfig;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.SQLTransientException;
import java.time.Duration;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Postgres, which may be away at any time. What must be written is retried until it is; what will be asked for again
/// is given up soon.
public final class Database implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Database.class);
    /// SQLSTATE classes that say nothing about our statement: connection, resources, operator, rollback, system,
    /// internal state.
    private static final Set<String> NOT_OUR_FAULT = Set.of("08", "53", "57", "40", "58", "55", "25");
    private static final IntervalFunction BACKOFF =
            IntervalFunction.ofExponentialRandomBackoff(Duration.ofMillis(100), 2.0, 0.5, Duration.ofSeconds(3));

    private static final Duration SAY_EVERY = Duration.ofSeconds(3);

    private final HikariDataSource pool;
    private final Jdbi jdbi;
    /// Who waits for its turn among many is not told that the database is away, as the pool would tell it after two
    /// seconds.
    private final Semaphore turns;
    private final Retry untilDone;
    private final Retry briefly;
    private final AtomicLong lastSaid = new AtomicLong(System.nanoTime() - SAY_EVERY.toNanos());
    private volatile boolean closed;

    public Database(String url, String user, String password, int connections) {
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl(url);
        config.setUsername(user);
        config.setPassword(password);
        config.setMaximumPoolSize(connections);
        config.setMinimumIdle(1);
        config.setConnectionTimeout(Duration.ofSeconds(2).toMillis());
        config.setValidationTimeout(Duration.ofSeconds(1).toMillis());
        config.setInitializationFailTimeout(-1);
        config.addDataSourceProperty("connectTimeout", "2");
        config.addDataSourceProperty("socketTimeout", "10");
        config.addDataSourceProperty("tcpKeepAlive", "true");
        config.addDataSourceProperty("ApplicationName", "noid-worker");
        // Rows are found by key: to plan each statement anew costs more than it can save.
        config.addDataSourceProperty("options", "-c plan_cache_mode=force_generic_plan");
        pool = new HikariDataSource(config);
        turns = new Semaphore(connections, true);
        jdbi = Jdbi.create(pool).registerArrayType(String.class, "text");
        untilDone = retry(Integer.MAX_VALUE);
        briefly = retry(3);
    }

    /// Returns when the database takes this user's connections. Without the pool: that one waits ever longer between
    /// its tries while the database is starting.
    public static void awaitReachable(String url, String user, String password) throws InterruptedException {
        Properties properties = new Properties();
        properties.setProperty("user", user);
        properties.setProperty("password", password);
        properties.setProperty("connectTimeout", "2");
        properties.setProperty("socketTimeout", "10");
        long began = System.nanoTime();
        for (long said = began; ; ) {
            try (Connection _ = DriverManager.getConnection(url, properties)) {
                return;
            } catch (SQLException e) {
                // Roles are closed while migrations run.
                if (!transientFault(e) && !String.valueOf(e.getSQLState()).startsWith("28")) {
                    throw new IllegalStateException("the database can't be used", e);
                }
                long now = System.nanoTime();
                if (now - said > SAY_EVERY.toNanos()) {
                    said = now;
                    log.warn("database away, trying on error=\"{}\"", oneLine(e));
                }
                // What was just started comes soon; what has been away for long is not hammered.
                Thread.sleep(Math.clamp(Duration.ofNanos(now - began).toMillis() / 20, 20, 500));
            }
        }
    }

    private Retry retry(int tries) {
        return Retry.of(
                "database",
                RetryConfig.custom()
                        .maxAttempts(tries)
                        .intervalFunction(BACKOFF)
                        .retryOnException(this::another)
                        .build());
    }

    private boolean another(Throwable e) {
        if (closed || !transientFault(e)) {
            return false;
        }
        long now = System.nanoTime();
        long last = lastSaid.get();
        if (now - last >= SAY_EVERY.toNanos() && lastSaid.compareAndSet(last, now)) {
            DatabaseTrouble trouble = DatabaseTrouble.of(e);
            log.warn(
                    "the database {}, trying on error=\"{}\"",
                    trouble == null ? DatabaseTrouble.AWAY.words() : trouble.words(),
                    oneLine(e));
        }
        return true;
    }

    /// Runs one transaction, again and again until it commits. For what must not be lost.
    public <T> T always(Function<Handle, T> work) {
        return inTurn(untilDone, () -> jdbi.inTransaction(work::apply));
    }

    /// Runs one transaction, three times at most. For what somebody will ask for again.
    public <T> T soon(Function<Handle, T> work) {
        return inTurn(briefly, () -> jdbi.inTransaction(work::apply));
    }

    /// Like [#always], for one statement: it is a transaction of its own, and needs no
    /// BEGIN and no COMMIT to be sent.
    public <T> T statementAlways(Function<Handle, T> statement) {
        return inTurn(untilDone, () -> jdbi.withHandle(statement::apply));
    }

    /// Like [#soon], for one statement.
    public <T> T statementSoon(Function<Handle, T> statement) {
        return inTurn(briefly, () -> jdbi.withHandle(statement::apply));
    }

    private <T> T inTurn(Retry retry, Supplier<T> work) {
        return retry.executeSupplier(() -> {
            turns.acquireUninterruptibly();
            try {
                return work.get();
            } finally {
                turns.release();
            }
        });
    }

    public static boolean transientFault(Throwable thrown) {
        for (Throwable e = thrown; e != null; e = e.getCause()) {
            if (e instanceof SQLTransientException) {
                return true;
            }
            if (e instanceof SQLException sql) {
                String state = sql.getSQLState();
                return state == null || state.length() < 2 || NOT_OUR_FAULT.contains(state.substring(0, 2));
            }
        }
        return false;
    }

    private static String oneLine(Throwable e) {
        return String.valueOf(e.getMessage()).lines().findFirst().orElse("");
    }

    @Override
    public void close() {
        closed = true;
        pool.close();
    }
}
