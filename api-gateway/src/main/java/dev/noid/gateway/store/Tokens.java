package dev.noid.gateway.store;

import java.util.Optional;
import java.util.Set;
import org.jdbi.v3.core.Handle;

/// Tokens, found by the hash of the whole token: nothing secret is compared byte by byte.
public final class Tokens {
    private final Handle handle;

    Tokens(Handle handle) {
        this.handle = handle;
    }

    /// Empty when unknown, revoked or expired.
    public Optional<Principal> find(byte[] sha256) {
        return handle.createQuery("""
                        SELECT id, tenant_id, array_to_string(scopes, ' ') AS scopes FROM tokens
                        WHERE sha256 = :sha256 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now())
                        """)
                .bind("sha256", sha256)
                .map((row, _) -> new Principal(
                        row.getString("tenant_id"),
                        row.getString("id"),
                        Set.of(row.getString("scopes").split(" "))))
                .findOne();
    }
}
