package dev.noid.worker.intake;

import dev.noid.schema.record.Topic;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Consumers of one partition each: no groups, no committed offsets. The rows say what was missed.
public final class Consumers {
    private static final Logger log = LoggerFactory.getLogger(Consumers.class);

    private final String bootstrap;

    public Consumers(String bootstrap) {
        this.bootstrap = bootstrap;
    }

    /// At the partition's end, which is fixed when this returns: what is written from now on will be read. Waits for
    /// the broker.
    Consumer<byte[], byte[]> atEnd(Topic topic, int partition) {
        Consumer<byte[], byte[]> consumer = open(topic.topicName() + "-" + partition);
        TopicPartition assigned = new TopicPartition(topic.topicName(), partition);
        consumer.assign(List.of(assigned));
        consumer.seekToEnd(List.of(assigned));
        while (true) {
            try {
                long position = consumer.position(assigned);
                log.info("intake topic={} partition={} offset={}", topic.topicName(), partition, position);
                return consumer;
            } catch (TimeoutException e) {
                log.warn("broker away, trying on topic={} error=\"{}\"", topic.topicName(), e.getMessage());
            }
        }
    }

    public int partitions(Topic topic) {
        try (Consumer<byte[], byte[]> consumer = open("partitions")) {
            return consumer.partitionsFor(topic.topicName()).size();
        }
    }

    /// The next offset of every partition.
    public Map<Integer, Long> ends(Topic topic) {
        try (Consumer<byte[], byte[]> consumer = open("ends")) {
            List<TopicPartition> all = consumer.partitionsFor(topic.topicName()).stream()
                    .map(it -> new TopicPartition(it.topic(), it.partition()))
                    .toList();
            return consumer.endOffsets(all).entrySet().stream()
                    .collect(Collectors.toMap(end -> end.getKey().partition(), Map.Entry::getValue));
        }
    }

    private Consumer<byte[], byte[]> open(String clientId) {
        Map<String, Object> config = new HashMap<>();
        config.put("bootstrap.servers", bootstrap);
        config.put("client.id", "noid-worker-" + clientId);
        config.put("enable.auto.commit", false);
        // Only after the broker lost records: what they said is in the rows, or comes again.
        config.put("auto.offset.reset", "latest");
        config.put("fetch.max.wait.ms", 500);
        config.put("fetch.max.bytes", 4 << 20);
        config.put("max.partition.fetch.bytes", 2 << 20);
        config.put("default.api.timeout.ms", (int) Duration.ofSeconds(5).toMillis());
        config.put("request.timeout.ms", (int) Duration.ofSeconds(4).toMillis());
        config.put("reconnect.backoff.ms", 50);
        config.put("reconnect.backoff.max.ms", 500);
        config.put("enable.metrics.push", false);
        config.put("metric.reporters", ""); // JMX costs 100 ms of every start, and nobody looks.
        return new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }
}
