package dev.noid.gateway.store;

import java.util.Arrays;
import java.util.Optional;
import org.jdbi.v3.core.Handle;

/// Idempotency keys: which job a request became.
public final class Keys {
    private final Handle handle;

    Keys(Handle handle) {
        this.handle = handle;
    }

    /// @param fingerprint SHA-256 of method, path and body
    public record Kept(String job, byte[] fingerprint) {
        public boolean matches(byte[] other) {
            return Arrays.equals(fingerprint, other);
        }
    }

    /// What an earlier request with this key became. Requests with one key run one after the other: the lock is kept
    /// until the transaction ends.
    public Optional<Kept> lockAndFind(String tenant, String key) {
        handle.createQuery("SELECT pg_advisory_xact_lock(hashtextextended(:tenant || ' ' || :key, 0)) IS NULL")
                .bind("tenant", tenant)
                .bind("key", key)
                .mapTo(Boolean.class)
                .one();
        return handle.createQuery(
                        "SELECT job_id, fingerprint FROM idempotency_keys WHERE tenant_id = :tenant AND key = :key")
                .bind("tenant", tenant)
                .bind("key", key)
                .map((row, _) -> new Kept(row.getString("job_id"), row.getBytes("fingerprint")))
                .findOne();
    }

    public void keep(String tenant, String key, byte[] fingerprint, String job) {
        handle.createUpdate("""
                        INSERT INTO idempotency_keys (tenant_id, key, fingerprint, job_id)
                        VALUES (:tenant, :key, :fingerprint, :job)
                        """)
                .bind("tenant", tenant)
                .bind("key", key)
                .bind("fingerprint", fingerprint)
                .bind("job", job)
                .execute();
    }

    /// Keys are kept two days: longer than any client repeats.
    public int forgetOld() {
        return handle.createUpdate("DELETE FROM idempotency_keys WHERE created_at < now() - interval '48 hours'")
                .execute();
    }
}
