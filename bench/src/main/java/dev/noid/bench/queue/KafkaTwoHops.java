package dev.noid.bench.queue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/// Produce, consume, produce back, consume, on the broker that Noid uses and with its settings: the least that a way
/// through Kafka and back can cost.
public final class KafkaTwoHops implements RoundTrips, AutoCloseable {
    private static final TopicPartition THERE = new TopicPartition("bench.there", 0);
    private static final TopicPartition BACK = new TopicPartition("bench.back", 0);
    private static final Duration POLL = Duration.ofSeconds(1);
    private static final int PATIENCE_SECONDS = 20;

    private final AtomicLong next = new AtomicLong();
    private final Map<Long, CompletableFuture<Void>> open = new ConcurrentHashMap<>();
    private final KafkaProducer<byte[], byte[]> producer;
    private final Loop echo;
    private final Loop answers;

    public KafkaTwoHops(String bootstrap) throws IOException, InterruptedException {
        Map<String, Object> settings = Map.of("bootstrap.servers", bootstrap, "linger.ms", 0, "acks", "all");
        try (Admin admin = Admin.create(settings)) {
            admin.createTopics(List.of(topic(THERE), topic(BACK))).all().get();
        } catch (ExecutionException failed) {
            throw new IOException(failed.getCause());
        }
        producer = new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer());
        echo = new Loop(settings, THERE, record -> send(BACK, record.value()));
        answers = new Loop(settings, BACK, this::answered);
    }

    private static NewTopic topic(TopicPartition partition) {
        return new NewTopic(partition.topic(), Optional.of(1), Optional.empty());
    }

    @Override
    public void one() throws IOException, InterruptedException {
        long id = next.incrementAndGet();
        CompletableFuture<Void> answer = new CompletableFuture<>();
        open.put(id, answer);
        send(THERE, ByteBuffer.allocate(Long.BYTES).putLong(id).array());
        try {
            answer.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException failed) {
            throw new IOException("no answer through Kafka", failed);
        }
    }

    private void send(TopicPartition to, byte[] value) {
        var _ = producer.send(new ProducerRecord<>(to.topic(), to.partition(), null, value));
    }

    private void answered(ConsumerRecord<byte[], byte[]> record) {
        CompletableFuture<Void> answer =
                open.remove(ByteBuffer.wrap(record.value()).getLong());
        if (answer != null) {
            answer.complete(null);
        }
    }

    @Override
    public void close() {
        echo.close();
        answers.close();
        producer.close(Duration.ofSeconds(2));
    }

    /// A thread that owns a consumer.
    private static final class Loop {
        private final KafkaConsumer<byte[], byte[]> consumer;

        Loop(Map<String, Object> settings, TopicPartition from, Consumer<ConsumerRecord<byte[], byte[]>> each) {
            Map<String, Object> connection =
                    Map.of("bootstrap.servers", settings.getOrDefault("bootstrap.servers", ""));
            consumer = new KafkaConsumer<>(connection, new ByteArrayDeserializer(), new ByteArrayDeserializer());
            consumer.assign(List.of(from));
            consumer.seekToEnd(List.of(from));
            consumer.position(from);
            Thread.ofPlatform().name(from.topic()).daemon().start(() -> run(each));
        }

        private void run(Consumer<ConsumerRecord<byte[], byte[]>> each) {
            try (consumer) {
                while (true) {
                    consumer.poll(POLL).forEach(each);
                }
            } catch (WakeupException _) {
                return;
            }
        }

        /// Its thread closes the consumer.
        void close() {
            consumer.wakeup();
        }
    }
}
