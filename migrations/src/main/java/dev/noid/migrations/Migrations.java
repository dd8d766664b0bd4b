package dev.noid.migrations;

import dev.noid.schema.Transition;
import dev.noid.schema.checkpoint.CheckpointState;
import dev.noid.schema.job.JobState;
import dev.noid.schema.vm.VmObserved;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.flywaydb.core.api.MigrationInfo;
import org.flywaydb.core.api.MigrationVersion;

/// Runs the migrations as the owner of the database. Safe to run at every start, and again after a crash at any line:
/// each step is a transaction and each is repeated whole.
///
/// @param jdbcUrl of the database, `jdbc:postgresql://…`
/// @param user the owner, who may make tables and roles
public record Migrations(String jdbcUrl, String user, String password) {
    private static final String LOCATION = "classpath:dev/noid/migrations";

    /// Gateways and workers can log in when this returns [MigrationResult.Done], and not before: while migrations are
    /// missing their roles are closed, so that no process meets tables it does not know.
    ///
    /// Throws SQLException when the database does not answer or a migration fails; run it again then.
    public MigrationResult run(String gatewayPassword, String workerPassword) throws SQLException {
        try {
            return migrate(gatewayPassword, workerPassword);
        } catch (FlywayException e) {
            throw new SQLException("migrations failed", e);
        }
    }

    private MigrationResult migrate(String gatewayPassword, String workerPassword) throws SQLException {
        Flyway flyway = Flyway.configure(Migrations.class.getClassLoader())
                .dataSource(jdbcUrl, user, password)
                .locations(LOCATION)
                .load();
        List<MigrationInfo> all = List.of(flyway.info().all());
        var future = all.stream()
                .filter(info -> info.getState().name().startsWith("FUTURE"))
                .toList();
        if (!future.isEmpty()) {
            return new MigrationResult.NewerDatabase(newest(future), newest(known(all)));
        }
        int applied = 0;
        if (flyway.info().pending().length > 0) {
            closeRoles();
            applied = flyway.migrate().migrationsExecuted;
        }
        try (Connection connection = DriverManager.getConnection(jdbcUrl, user, password)) {
            connection.setAutoCommit(false);
            fillTransitions(connection);
            openRole(connection, "noid_gateway", gatewayPassword);
            openRole(connection, "noid_worker", workerPassword);
            connection.commit();
        }
        return new MigrationResult.Done(applied);
    }

    private void closeRoles() throws SQLException {
        try (Connection connection = DriverManager.getConnection(jdbcUrl, user, password);
                Statement statement = connection.createStatement()) {
            statement.execute("""
                    DO $$
                    DECLARE role text;
                    BEGIN
                        FOR role IN SELECT rolname FROM pg_roles WHERE rolname IN ('noid_gateway', 'noid_worker') LOOP
                            EXECUTE format('ALTER ROLE %I NOLOGIN', role);
                        END LOOP;
                    END $$""");
        }
    }

    private static void fillTransitions(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                PreparedStatement insert = connection.prepareStatement("""
                        INSERT INTO transitions (machine, "from", "to") VALUES (?, ?, ?)""")) {
            statement.execute("DELETE FROM transitions");
            add(insert, "job", JobState.TRANSITIONS);
            add(insert, "vm", VmObserved.TRANSITIONS);
            add(insert, "checkpoint", CheckpointState.TRANSITIONS);
            insert.executeBatch();
        }
    }

    private static <S extends Enum<S>> void add(PreparedStatement insert, String machine, List<Transition<S>> steps)
            throws SQLException {
        for (Transition<S> step : steps) {
            insert.setString(1, machine);
            insert.setString(2, step.from().toString());
            insert.setString(3, step.to().toString());
            insert.addBatch();
        }
    }

    private static void openRole(Connection connection, String role, String password) throws SQLException {
        String alter;
        // ALTER ROLE takes no parameters; the server itself quotes the values.
        try (PreparedStatement quote =
                connection.prepareStatement("SELECT format('ALTER ROLE %I LOGIN PASSWORD %L', ?, ?)")) {
            quote.setString(1, role);
            quote.setString(2, password);
            try (var row = quote.executeQuery()) {
                row.next();
                alter = row.getString(1);
            }
        }
        try (Statement statement = connection.createStatement()) {
            statement.execute(alter);
        }
    }

    private static List<MigrationInfo> known(List<MigrationInfo> all) {
        return all.stream()
                .filter(info -> !info.getState().name().startsWith("FUTURE"))
                .toList();
    }

    private static String newest(List<MigrationInfo> infos) {
        return infos.stream()
                .map(MigrationInfo::getVersion)
                .filter(version -> version != null)
                .max(MigrationVersion::compareTo)
                .map(MigrationVersion::getVersion)
                .orElse("0");
    }
}
