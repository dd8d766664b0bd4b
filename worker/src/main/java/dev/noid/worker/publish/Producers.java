package dev.noid.worker.publish;

import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/// Producers that never give up: a broker that is away is waited for, by blocking whoever sends once the buffer is
/// full.
public final class Producers {
    /// One request on its way: a later batch can't be accepted before a refused one, so a partition whose leader moves
    /// gets no hole, and acknowledgements come in order.
    private static final int IN_FLIGHT = 1;

    private final String bootstrap;

    public Producers(String bootstrap) {
        this.bootstrap = bootstrap;
    }

    /// @param buffer bytes that may wait for the broker; the worker runs in 128 MiB
    Producer<byte[], byte[]> open(String clientId, long buffer) {
        Map<String, Object> config = new HashMap<>();
        config.put("bootstrap.servers", bootstrap);
        config.put("client.id", clientId);
        config.put("acks", "all");
        config.put("enable.idempotence", true);
        config.put("max.in.flight.requests.per.connection", IN_FLIGHT);
        config.put("linger.ms", 0);
        config.put("batch.size", 128 << 10);
        config.put("buffer.memory", buffer);
        config.put("delivery.timeout.ms", Integer.MAX_VALUE);
        config.put("request.timeout.ms", 10_000);
        config.put("max.block.ms", Long.MAX_VALUE);
        config.put("reconnect.backoff.ms", 50);
        config.put("reconnect.backoff.max.ms", 500);
        config.put("retry.backoff.max.ms", 500);
        config.put("enable.metrics.push", false);
        config.put("metric.reporters", ""); // JMX costs 100 ms of every start, and nobody looks.
        return new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer());
    }
}
