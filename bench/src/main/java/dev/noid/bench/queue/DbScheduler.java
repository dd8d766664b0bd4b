package dev.noid.bench.queue;

import com.github.kagkarlsson.scheduler.Scheduler;
import com.github.kagkarlsson.scheduler.task.helper.OneTimeTask;
import com.github.kagkarlsson.scheduler.task.helper.Tasks;
import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.io.IOException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/// The job queue that people would take, in a database of its own on the server that Noid uses: a job is a row, and
/// it runs in this process.
public final class DbScheduler implements RoundTrips, AutoCloseable {
    private static final String DATABASE = "bench";
    private static final int THREADS = 16;
    private static final int PATIENCE_SECONDS = 20;

    /// The library's own table for PostgreSQL.
    private static final String TABLE = """
            create table scheduled_tasks (
              task_name text not null,
              task_instance text not null,
              task_data bytea,
              execution_time timestamp with time zone not null,
              picked boolean not null,
              picked_by text,
              last_success timestamp with time zone,
              last_failure timestamp with time zone,
              consecutive_failures int,
              last_heartbeat timestamp with time zone,
              version bigint not null,
              priority smallint,
              primary key (task_name, task_instance)
            );
            create index execution_time_idx on scheduled_tasks (execution_time);
            create index last_heartbeat_idx on scheduled_tasks (last_heartbeat);
            create index priority_execution_time_idx on scheduled_tasks (priority desc, execution_time asc);
            """;

    private final AtomicLong next = new AtomicLong();
    private final Map<String, CountDownLatch> open = new ConcurrentHashMap<>();
    private final HikariDataSource pool;
    private final Scheduler scheduler;
    private final OneTimeTask<Void> task;

    /// @param jdbcUrl of any database of the server
    public DbScheduler(String jdbcUrl, String user, String password) throws IOException {
        String url = jdbcUrl.replaceFirst("(//[^/]*/)[^?]*", "$1" + DATABASE);
        try {
            execute(jdbcUrl, user, password, "create database " + DATABASE);
            execute(url, user, password, TABLE);
        } catch (SQLException failed) {
            throw new IOException(failed);
        }
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl(url);
        config.setUsername(user);
        config.setPassword(password);
        config.setMaximumPoolSize(THREADS + 4);
        pool = new HikariDataSource(config);
        task = Tasks.oneTime("bench", Void.class).execute((instance, _) -> ended(instance.getId()));
        scheduler = Scheduler.create(pool, task)
                .threads(THREADS)
                .pollUsingLockAndFetch(0.5, 3)
                .pollingInterval(Duration.ofMillis(100))
                .enableImmediateExecution()
                .build();
        scheduler.start();
    }

    private static void execute(String url, String user, String password, String sql) throws SQLException {
        try (Connection connection = DriverManager.getConnection(url, user, password);
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private void ended(String id) {
        CountDownLatch latch = open.remove(id);
        if (latch != null) {
            latch.countDown();
        }
    }

    @Override
    public void one() throws IOException, InterruptedException {
        String id = Long.toString(next.incrementAndGet());
        CountDownLatch latch = new CountDownLatch(1);
        open.put(id, latch);
        scheduler.schedule(task.instance(id), Instant.now());
        if (!latch.await(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
            throw new IOException("db-scheduler did not run a task in " + PATIENCE_SECONDS + " s");
        }
    }

    @Override
    public void close() {
        scheduler.stop();
        pool.close();
    }
}
