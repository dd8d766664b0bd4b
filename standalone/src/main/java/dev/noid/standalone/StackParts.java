package dev.noid.standalone;

import dev.noid.migrations.MigrationResult;
import dev.noid.migrations.Migrations;
import dev.noid.standalone.api.ApiClient;
import dev.noid.standalone.broker.BrokerAnswer;
import dev.noid.standalone.firststart.FirstTenant;
import dev.noid.standalone.firststart.Secrets;
import dev.noid.standalone.postgres.PostgresAnswer;
import dev.noid.standalone.postgres.PostgresProcess;
import dev.noid.standalone.supervisor.Part;
import dev.noid.standalone.supervisor.PartLogs;
import dev.noid.standalone.supervisor.ReadyLine;
import java.io.IOException;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The four parts: how each is started, when it serves, how it is stopped.
final class StackParts {
    private static final Logger LOG = LoggerFactory.getLogger(StackParts.class);
    private static final int PARTITIONS = 8;
    private static final List<String> SMALL = List.of("-Xmx256m");

    private final DataRoot root;
    private final StackOptions options;
    private final StackPorts ports;
    private final Secrets secrets;
    private final PostgresProcess postgres;
    private final PartLogs logs;
    private final JavaParts java;
    private final PartEnvironment environment;

    StackParts(
            DataRoot root,
            StackOptions options,
            StackPorts ports,
            Secrets secrets,
            PostgresProcess postgres,
            PartLogs logs) {
        this.root = root;
        this.options = options;
        this.ports = ports;
        this.secrets = secrets;
        this.postgres = postgres;
        this.logs = logs;
        this.java = new JavaParts(root, options.environment(), options.startUpCache());
        this.environment =
                new PartEnvironment(root, options.environment(), "127.0.0.1:" + ports.broker(), postgres.jdbcUrl());
    }

    /// Who is needed by the others comes first. Gateway and worker need each other no more to stop than to start:
    /// what one says and the other no longer hears is in the rows.
    List<List<Part>> stages() {
        return List.of(List.of(postgresPart(), brokerPart()), List.of(gatewayPart(), workerPart()));
    }

    private Part postgresPart() {
        return new Part(
                "postgres",
                postgres.port(),
                () -> postgres.command()
                        .redirectOutput(ProcessBuilder.Redirect.appendTo(
                                logs.file("postgres").toFile())),
                (process, deadline) ->
                        postgres.awaitReady(process.toHandle(), deadline) ? migrate() : new Part.Answer.NotReady(),
                Part.Liveness.of(this::postgresAnswers),
                // Fast shutdown: sessions are cut, everything is written.
                "INT",
                Duration.ofSeconds(10));
    }

    private Part.Answer migrate() throws IOException {
        try {
            String owner = secrets.password(PostgresProcess.OWNER);
            MigrationResult result = new Migrations(postgres.jdbcUrl(), PostgresProcess.OWNER, owner)
                    .run(secrets.password("noid_gateway"), secrets.password("noid_worker"));
            return switch (result) {
                case MigrationResult.NewerDatabase newer -> new Part.Answer.Hopeless(newer.message());
                case MigrationResult.Done(int applied) -> {
                    if (applied > 0) {
                        LOG.info("part=postgres migrations={}", applied);
                    }
                    new FirstTenant(postgres.jdbcUrl(), PostgresProcess.OWNER, owner).ensure(secrets.adminToken());
                    yield new Part.Answer.Ready();
                }
            };
        } catch (SQLException e) {
            LOG.error("part=postgres migrations failed", e);
            return new Part.Answer.NotReady();
        }
    }

    private boolean postgresAnswers(Duration patience) {
        try {
            String password = secrets.password(PostgresProcess.OWNER);
            return new PostgresAnswer(postgres.jdbcUrl(), PostgresProcess.OWNER, password).within(patience);
        } catch (IOException _) {
            return true; // It can't be asked without.
        }
    }

    private Part brokerPart() {
        return new Part(
                "broker",
                ports.broker(),
                // In the data directory, and told the rest of the path: Kafka reads a list where it is named.
                () -> new ProcessBuilder(java.command(
                                "broker",
                                SMALL,
                                "dev.noid.standalone.broker.BrokerMain",
                                List.of(
                                        root.path().relativize(root.broker()).toString(),
                                        Integer.toString(ports.broker()),
                                        Integer.toString(ports.controller()),
                                        Integer.toString(PARTITIONS))))
                        .directory(root.path().toFile()),
                new ReadyLine(),
                Part.Liveness.of(new BrokerAnswer(ports.broker())::within),
                "TERM",
                options.startUpCache().stopWithin(Duration.ofSeconds(10)));
    }

    private Part gatewayPart() {
        return new Part(
                "gateway",
                ports.gateway(),
                () -> environment.of(
                        java.command("gateway", SMALL, "dev.noid.gateway.GatewayMain", List.of()),
                        "noid_gateway",
                        secrets.passwordFile("noid_gateway"),
                        Map.of("NOID_LISTEN", "127.0.0.1:" + ports.gateway())),
                new ReadyLine(),
                Part.Liveness.of(this::gatewayAnswers),
                "TERM",
                options.startUpCache().stopWithin(Duration.ofSeconds(6)));
    }

    private Part workerPart() {
        return new Part(
                "worker",
                0,
                () -> environment.of(
                        java.command("worker", SMALL, "dev.noid.worker.WorkerMain", List.of()),
                        "noid_worker",
                        secrets.passwordFile("noid_worker"),
                        Map.of()),
                new ReadyLine(),
                Part.Liveness.of(new WorkerAnswer(root.workerLock(), Clock.systemUTC())::within),
                "TERM",
                options.startUpCache().stopWithin(Duration.ofSeconds(6)));
    }

    /// Without database and broker it still says that it lives.
    private boolean gatewayAnswers(Duration patience) {
        try {
            return new ApiClient("http://127.0.0.1:" + ports.gateway(), "", patience)
                            .get("/livez")
                            .status()
                    > 0;
        } catch (IOException _) {
            return false;
        }
    }
}
