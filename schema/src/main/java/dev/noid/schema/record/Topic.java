package dev.noid.schema.record;

import java.time.Duration;
import java.util.Map;

/// The topics of design section 5. Names and retention; the number of partitions is the deployment's.
public enum Topic {
    COMMANDS("noid.commands", Duration.ofHours(24), -1, true),
    INPUT("noid.input", Duration.ofMinutes(10), 4L << 30, true),
    EVENTS("noid.events", Duration.ofDays(7), -1, true),
    OUTPUT("noid.output", Duration.ofHours(24), 8L << 30, true),
    DEAD_COMMANDS("dlq.noid.commands", Duration.ofDays(30), -1, false);

    private final String topicName;
    private final Duration retention;
    private final long retentionBytes;
    private final boolean partitioned;

    Topic(String topicName, Duration retention, long retentionBytes, boolean partitioned) {
        this.topicName = topicName;
        this.retention = retention;
        this.retentionBytes = retentionBytes;
        this.partitioned = partitioned;
    }

    public String topicName() {
        return topicName;
    }

    /// How many partitions it gets where the deployment says `partitions`.
    public int partitions(int partitions) {
        return partitioned ? partitions : 1;
    }

    /// Topic configuration. LogAppendTime, because a host whose clock is wrong could not produce otherwise;
    /// segments no longer than the retention, because only closed segments are ever deleted.
    public Map<String, String> config() {
        long segmentMillis = Math.min(retention.toMillis(), Duration.ofHours(6).toMillis());
        return Map.of(
                "cleanup.policy", "delete",
                "message.timestamp.type", "LogAppendTime",
                "retention.ms", Long.toString(retention.toMillis()),
                "retention.bytes", Long.toString(retentionBytes),
                "segment.ms", Long.toString(segmentMillis),
                "segment.bytes", Integer.toString(64 << 20));
    }
}
