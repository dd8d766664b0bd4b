package dev.noid.gateway.live;

import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/// Consumers without groups and without committed offsets: who reads says from where.
final class Consumers {
    private static final int FETCH_BYTES = 1 << 20;

    private Consumers() {}

    /// @param reset where to go on when an offset is not there any more: `earliest` or `latest`
    static KafkaConsumer<byte[], byte[]> open(String bootstrap, String reset) {
        return open(bootstrap, reset, Map.of());
    }

    /// Of `noid.output`: in small pieces, and one more partition need not wait long for the fetch that is on its way.
    static KafkaConsumer<byte[], byte[]> ofOutput(String bootstrap, String reset) {
        return open(
                bootstrap,
                reset,
                Map.of(
                        "fetch.max.wait.ms", 50,
                        "fetch.max.bytes", FETCH_BYTES,
                        "max.partition.fetch.bytes", FETCH_BYTES));
    }

    private static KafkaConsumer<byte[], byte[]> open(String bootstrap, String reset, Map<String, Object> more) {
        Map<String, Object> config = new HashMap<>(more);
        config.put("bootstrap.servers", bootstrap);
        config.put("enable.auto.commit", false);
        config.put("auto.offset.reset", reset);
        config.put("allow.auto.create.topics", false);
        config.put("reconnect.backoff.max.ms", 500);
        return new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }
}
