package dev.noid.standalone.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.noid.standalone.TestDirectory;
import dev.noid.standalone.process.ProcessId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/// One server for all tests, whatever they do to it. The database of `noid up` keeps what it said it kept, and lets
/// in who has a password.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PostgresProcessTest {
    private final TestDirectory directory;
    private PostgresServer server;

    PostgresProcessTest() throws IOException, InterruptedException {
        directory = TestDirectory.create();
        server = PostgresServer.start(directory.path());
    }

    @BeforeAll
    void makeTable() throws SQLException {
        execute("CREATE TABLE kept (n int)", "INSERT INTO kept VALUES (42)");
    }

    @AfterAll
    void stop() throws IOException {
        server.close();
        directory.close();
    }

    @Test
    void whatIsCommittedIsOnTheDisk() throws SQLException {
        assertThat(show("fsync")).isEqualTo("on");
        assertThat(show("synchronous_commit")).isEqualTo("on");
        assertThat(show("full_page_writes")).isEqualTo("on");
        assertThat(show("server_encoding")).isEqualTo("UTF8");
        assertThat(show("password_encryption")).isEqualTo("scram-sha-256");
    }

    @Test
    void nobodyGetsInWithoutThePassword() {
        assertThatThrownBy(() -> server.connect(PostgresProcess.OWNER, "wrong").close())
                .isInstanceOf(SQLException.class)
                .extracting(failure -> ((SQLException) failure).getSQLState())
                .isEqualTo("28P01");
        assertThatThrownBy(() -> server.connect("noid_worker", "").close()).isInstanceOf(SQLException.class);
    }

    @Test
    void itListensOnTheLoopbackAddressOnly() throws SQLException {
        assertThat(show("listen_addresses")).isEqualTo("127.0.0.1");
        assertThat(show("unix_socket_directories")).isEmpty();
    }

    @Test
    void itIsNotRoot() throws IOException {
        assertThat(Files.getOwner(
                                Path.of("/proc", Long.toString(server.process().pid())))
                        .getName())
                .isNotEqualTo("root");
    }

    /// Attack E1.
    @Test
    void itAnswersItsWatcherUnlessItStandsStill() throws IOException {
        String url = server.settings().jdbcUrl();
        PostgresAnswer answer = new PostgresAnswer(url, PostgresProcess.OWNER, PostgresServer.PASSWORD);
        assertThat(answer.within(Duration.ofSeconds(5))).isTrue();
        assertThat(new PostgresAnswer(url, PostgresProcess.OWNER, "wrong").within(Duration.ofSeconds(5)))
                .as("a refusal is an answer")
                .isTrue();
        ProcessId postmaster = ProcessId.of(server.process().pid()).orElseThrow();
        postmaster.signal("STOP");
        assertThat(answer.within(Duration.ofSeconds(1))).isFalse();
        postmaster.signal("CONT");
        assertThat(answer.within(Duration.ofSeconds(5))).isTrue();
    }

    @Test
    void rowsSurviveAKill() throws Exception {
        server.kill();
        server = PostgresServer.start(server.settings());
        assertThat(count()).isEqualTo(1);
    }

    @Test
    void aServerLeftByAKilledRunIsStoppedBeforeANewOneStarts() throws Exception {
        ProcessId orphan = ProcessId.of(server.process().pid()).orElseThrow();
        PostgresServer second = PostgresServer.start(server.settings());
        assertThat(orphan.alive()).isFalse();
        assertThat(second.process().pid()).isNotEqualTo(orphan.pid());
        server = second;
        assertThat(count()).isEqualTo(1);
    }

    @Test
    void aStalePidFileOfAnotherProcessIsNoObstacle() throws Exception {
        server.kill();
        Process stranger = new ProcessBuilder("sleep", "60").start();
        try {
            Path pidFile = server.settings().data().resolve("postmaster.pid");
            new ProcessId(server.process().pid(), 0).awaitEnd(Duration.ofSeconds(5));
            Files.writeString(pidFile, stranger.pid() + "\n/elsewhere\n0\n1\n\n\n  1  1\nready   \n");
            server = PostgresServer.start(server.settings());
            assertThat(stranger.isAlive()).isTrue();
            assertThat(count()).isEqualTo(1);
        } finally {
            stranger.destroyForcibly();
        }
    }

    @Test
    void aWayThatTheServerCanNotPassIsNamed() throws IOException {
        Path closed = Files.createDirectory(
                directory.path().resolve("closed"),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        ServerUser user = server.settings().user();
        if (user.name().isEmpty()) {
            assertThat(user.barrier(closed)).as("no other user, no barrier").isEmpty();
        } else {
            assertThat(user.barrier(closed)).contains(closed);
            assertThat(user.barrier(directory.path())).isEmpty();
        }
    }

    private int count() throws SQLException {
        try (var connection = server.connect();
                Statement statement = connection.createStatement();
                var rows = statement.executeQuery("SELECT count(*) FROM kept WHERE n = 42")) {
            rows.next();
            return rows.getInt(1);
        }
    }

    private String show(String setting) throws SQLException {
        try (var connection = server.connect();
                Statement statement = connection.createStatement();
                var rows = statement.executeQuery("SHOW " + setting)) {
            rows.next();
            return rows.getString(1);
        }
    }

    private void execute(String... statements) throws SQLException {
        try (var connection = server.connect();
                Statement statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
        }
    }
}
