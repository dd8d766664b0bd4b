package dev.noid.standalone.postgres;

import dev.noid.schema.Deadline;
import dev.noid.standalone.process.AtomicFile;
import dev.noid.standalone.process.ProcessId;
import dev.noid.standalone.process.ProcessTable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// One PostgreSQL server on one data directory: how it is initialised, started, found to be ready, and found again
/// after its starter was killed.
///
/// @param binaries the directory of [PostgresBinaries]
/// @param directory of this server alone; `data` below it is PostgreSQL's own
public record PostgresProcess(Path binaries, Path directory, ServerUser user, int port, String password) {
    /// The owner of the database. Connections need its password, from this machine as well.
    public static final String OWNER = "noid";

    private static final Duration INITDB = Duration.ofSeconds(60);
    private static final int POLL_MILLIS = 10;

    public String jdbcUrl() {
        return "jdbc:postgresql://127.0.0.1:" + port + "/postgres";
    }

    public Path data() {
        return data(directory);
    }

    /// PostgreSQL's own data in the directory of a server.
    public static Path data(Path directory) {
        return directory.resolve("data");
    }

    /// The command that runs the server in the foreground. Makes the data directory when there is none; stops a server
    /// that an earlier run left on it.
    public ProcessBuilder command() throws IOException {
        initialise();
        stopLeftover();
        List<String> command =
                new ArrayList<>(List.of(binaries.resolve("bin/postgres").toString(), "-D", data().toString()));
        settings().forEach(setting -> {
            command.add("-c");
            command.add(setting);
        });
        return new ProcessBuilder(user.run(command)).directory(directory.toFile());
    }

    private List<String> settings() {
        return List.of(
                "port=" + port,
                "listen_addresses=127.0.0.1",
                // No socket file, so there is none that others could reach.
                "unix_socket_directories=",
                "fsync=on",
                "synchronous_commit=on",
                "full_page_writes=on",
                "max_connections=60",
                "shared_buffers=32MB",
                "max_wal_size=256MB",
                "wal_level=minimal",
                "max_wal_senders=0",
                "max_parallel_workers=2",
                "io_method=sync",
                "jit=off",
                "log_timezone=UTC",
                "timezone=UTC");
    }

    /// Waits until the server takes connections. False: the process ended, or the deadline passed.
    public boolean awaitReady(ProcessHandle process, Deadline deadline) throws IOException, InterruptedException {
        Path pidFile = data().resolve("postmaster.pid");
        while (process.isAlive() && !deadline.passed()) {
            // Line 1 is the pid and line 8 the state, written by the server itself: no password is needed to ask.
            List<String> lines = Files.exists(pidFile) ? readLines(pidFile) : List.of();
            if (lines.size() >= 8
                    && lines.getFirst().equals(Long.toString(process.pid()))
                    && lines.get(7).strip().equals("ready")) {
                return true;
            }
            Thread.sleep(POLL_MILLIS);
        }
        return false;
    }

    private static List<String> readLines(Path pidFile) {
        try {
            return Files.readAllLines(pidFile);
        } catch (IOException _) {
            // It is being written or removed right now.
            return List.of();
        }
    }

    /// Stops whatever server works in the data directory, its children too. Then a pid file can only be stale.
    public void stopLeftover() throws IOException {
        if (!Files.isDirectory(data())) {
            return;
        }
        Path real = data().toRealPath();
        Path pidFile = real.resolve("postmaster.pid");
        List<ProcessId> left = ProcessTable.workingIn(real);
        if (!left.isEmpty()) {
            long postmaster = postmasterPid(pidFile);
            // INT is "fast": sessions are cut and everything is written. The others end with the postmaster.
            left.stream().filter(id -> id.pid() == postmaster).forEach(id -> id.signal("INT"));
            left.forEach(id -> id.awaitEnd(Duration.ofSeconds(10)));
            for (ProcessId id : left) {
                if (!id.stop("KILL", Duration.ofSeconds(5))) {
                    throw new IOException("the PostgreSQL process " + id.pid() + " of an earlier run can't be ended");
                }
            }
        }
        Files.deleteIfExists(pidFile);
    }

    private static long postmasterPid(Path pidFile) {
        List<String> lines = Files.exists(pidFile) ? readLines(pidFile) : List.of();
        try {
            return lines.isEmpty() ? -1 : Long.parseLong(lines.getFirst().strip());
        } catch (NumberFormatException _) {
            return -1;
        }
    }

    private void initialise() throws IOException {
        Files.createDirectories(directory);
        user.own(directory);
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx------"));
        if (Files.isDirectory(data())) {
            return;
        }
        Path fresh = directory.resolve("data.new");
        if (Files.exists(fresh)) {
            delete(fresh);
        }
        Path passwordFile = directory.resolve("initdb.password");
        AtomicFile.write(passwordFile, password + "\n", "rw-------");
        user.own(passwordFile);
        try {
            initdb(fresh, passwordFile);
        } finally {
            Files.delete(passwordFile);
        }
        Files.move(fresh, data(), StandardCopyOption.ATOMIC_MOVE);
    }

    private void initdb(Path fresh, Path passwordFile) throws IOException {
        Path log = directory.resolve("initdb.log");
        Process initdb = new ProcessBuilder(user.run(List.of(
                        binaries.resolve("bin/initdb").toString(),
                        "--pgdata=" + fresh,
                        "--username=" + OWNER,
                        "--pwfile=" + passwordFile,
                        "--auth=scram-sha-256",
                        "--encoding=UTF8",
                        "--locale=C",
                        // One call for the whole filesystem: a thousand files one by one take a second longer.
                        "--sync-method=syncfs",
                        "--no-instructions")))
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        try {
            if (!initdb.waitFor(INITDB.toSeconds(), TimeUnit.SECONDS)) {
                initdb.destroyForcibly();
                throw new IOException("initdb did not end within " + INITDB.toSeconds() + " s");
            }
        } catch (InterruptedException e) {
            initdb.destroyForcibly();
            Thread.currentThread().interrupt();
            throw new IOException("interrupted during initdb", e);
        }
        if (initdb.exitValue() != 0) {
            throw new IOException("initdb failed:\n" + Files.readString(log));
        }
    }

    private static void delete(Path directory) throws IOException {
        try (var files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
