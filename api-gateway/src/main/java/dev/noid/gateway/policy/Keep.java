package dev.noid.gateway.policy;

import dev.noid.schema.config.ConfigReader;

/// What a gateway keeps of what is over; 0 bounds nothing.
///
/// @param days        a job after its end, a checkpoint's row after its removal
/// @param jobs        of a tenant, that are over; the oldest go first
/// @param checkpoints of a tenant, that were removed or failed
/// @param keyHours    an `Idempotency-Key`
public record Keep(int days, long jobs, long checkpoints, int keyHours) {
    public static final Keep DEFAULT = new Keep(30, 500_000, 10_000, 48);

    public static Keep from(ConfigReader reader) {
        return new Keep(
                (int) reader.integer("keep_days", DEFAULT.days, 0, 36_500),
                reader.integer("keep_jobs", DEFAULT.jobs, 0, 1_000_000_000),
                reader.integer("keep_checkpoints", DEFAULT.checkpoints, 0, 1_000_000_000),
                (int) reader.integer("keep_key_hours", DEFAULT.keyHours, 0, 876_000));
    }
}
