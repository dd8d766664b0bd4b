package dev.noid.gateway.store;

import java.util.Arrays;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/// Idempotency keys: which job a request became, or the whole reply when it was not one job.
public final class Keys {
    private final Handle handle;

    Keys(Handle handle) {
        this.handle = handle;
    }

    /// @param job   null when the request became none
    /// @param reply null when the job is all there is to say
    /// @param fingerprint SHA-256 of method, path and body
    public record Kept(@Nullable String job, @Nullable String reply, byte[] fingerprint) {
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
                        "SELECT job_id, reply, fingerprint FROM idempotency_keys WHERE tenant_id = :tenant AND key = :key")
                .bind("tenant", tenant)
                .bind("key", key)
                .map((row, _) -> new Kept(row.getString("job_id"), row.getString("reply"), row.getBytes("fingerprint")))
                .findOne();
    }

    public void keep(String tenant, String key, Kept kept) {
        handle.createUpdate("""
                        INSERT INTO idempotency_keys (tenant_id, key, fingerprint, job_id, reply)
                        VALUES (:tenant, :key, :fingerprint, :job, CAST(:reply AS jsonb))
                        """)
                .bind("tenant", tenant)
                .bind("key", key)
                .bind("fingerprint", kept.fingerprint())
                .bind("job", kept.job())
                .bind("reply", kept.reply())
                .execute();
    }

    /// Returns how many were forgotten, at most `most`.
    public int forgetOlder(int hours, int most) {
        return handle.createUpdate("""
                        DELETE FROM idempotency_keys WHERE (tenant_id, key) IN (
                            SELECT tenant_id, key FROM idempotency_keys
                            WHERE created_at < now() - make_interval(hours => :hours) ORDER BY created_at LIMIT :most)
                        """).bind("hours", hours).bind("most", most).execute();
    }
}
