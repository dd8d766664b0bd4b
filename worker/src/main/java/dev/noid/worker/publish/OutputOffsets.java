package dev.noid.worker.publish;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/// For each partition of `noid.output` an offset that its next record will not be below. Old values are right
/// too, only longer to read from.
public final class OutputOffsets {
    private final Map<Integer, Long> ends = new ConcurrentHashMap<>();

    /// @param ends as the broker said at the start
    public OutputOffsets(Map<Integer, Long> ends) {
        this.ends.putAll(ends);
    }

    public long lowerBound(int partition) {
        return ends.getOrDefault(partition, 0L);
    }

    void written(int partition, long offset) {
        ends.merge(partition, offset + 1, Math::max);
    }
}
