package dev.noid.standalone.firststart;

import dev.noid.schema.Ids;
import dev.noid.schema.TokenFormat;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.InstantSource;

/// The tenant `default` and the admin token in the database; does nothing when they are there.
public record FirstTenant(String jdbcUrl, String user, String password) {

    public void ensure(String token) throws SQLException {
        Ids ids = new Ids(InstantSource.system());
        try (Connection connection = DriverManager.getConnection(jdbcUrl, user, password);
                PreparedStatement tenant = connection.prepareStatement(
                        "INSERT INTO tenants (id, name) VALUES (?, 'default') ON CONFLICT DO NOTHING");
                PreparedStatement insert = connection.prepareStatement("""
                        INSERT INTO tokens (id, tenant_id, sha256, shown, scopes)
                        SELECT ?, tenants.id, ?, ?, '{read,exec,admin}' FROM tenants WHERE name = 'default'
                        ON CONFLICT DO NOTHING""")) {
            connection.setAutoCommit(false);
            tenant.setString(1, ids.tenant());
            tenant.execute();
            insert.setString(1, ids.token());
            insert.setBytes(2, TokenFormat.sha256(token));
            insert.setString(3, TokenFormat.shown(token));
            insert.execute();
            connection.commit();
        }
    }
}
