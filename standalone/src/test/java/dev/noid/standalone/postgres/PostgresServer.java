package dev.noid.standalone.postgres;

import dev.noid.schema.Deadline;
import dev.noid.standalone.process.Ports;
import dev.noid.standalone.process.ProcessId;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;

/// A running server of a test's own.
public record PostgresServer(PostgresProcess settings, Process process) implements AutoCloseable {
    public static final String PASSWORD = "test-password";

    public static PostgresServer start(Path directory) throws IOException, InterruptedException {
        Path own = directory.resolve("postgres");
        ServerUser user = ServerUser.choose(PostgresProcess.data(own));
        Path binaries = PostgresBinaries.unpacked(
                PostgresBinaries.cache(System.getenv(), user.name().isPresent()));
        return start(new PostgresProcess(binaries, own, user, Ports.freeOne(0), PASSWORD));
    }

    static PostgresServer start(PostgresProcess settings) throws IOException, InterruptedException {
        Path log = settings.directory().resolveSibling("server.log");
        Process process = settings.command()
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
                .start();
        if (!settings.awaitReady(process.toHandle(), Deadline.after(Duration.ofSeconds(30)))) {
            process.destroyForcibly();
            throw new IOException("PostgreSQL did not start:\n" + java.nio.file.Files.readString(log));
        }
        return new PostgresServer(settings, process);
    }

    public Connection connect() throws SQLException {
        return connect(PostgresProcess.OWNER, PASSWORD);
    }

    public Connection connect(String user, String password) throws SQLException {
        return DriverManager.getConnection(settings.jdbcUrl(), user, password);
    }

    void kill() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }

    @Override
    public void close() {
        ProcessId.of(process.pid()).ifPresent(id -> id.stop("INT", Duration.ofSeconds(10)));
    }
}
