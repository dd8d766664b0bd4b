package dev.noid.worker.publish;

import dev.noid.schema.record.Event;
import dev.noid.schema.record.RecordCodec;
import dev.noid.schema.record.Topic;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;

/// What happened, to `noid.events`; what could not be read, to the dead letters.
public final class EventPublisher implements AutoCloseable {
    private static final long BUFFER = 4L << 20;

    private final Producer<byte[], byte[]> producer;
    private final RecordCodec codec = new RecordCodec();

    public EventPublisher(Producers producers) {
        this.producer = producers.open("noid-worker-events", BUFFER);
    }

    /// Completes once Kafka has it. May block while the broker is away, so never call it from a polling thread.
    ///
    /// @param partition of the VM
    public CompletableFuture<Void> publish(int partition, Event event) {
        return send(codec.encode(event, partition));
    }

    /// For what is a hint only: nobody waits for it, not even while the broker is away.
    public void hint(int partition, Event event) {
        Thread.ofVirtual().name("hint").start(() -> {
            var _ = publish(partition, event);
        });
    }

    /// The record as it came, with the reason in a header.
    public CompletableFuture<Void> deadLetter(ConsumerRecord<byte[], byte[]> record, String reason) {
        var letter = new ProducerRecord<>(
                Topic.DEAD_COMMANDS.topicName(), 0, null, record.key(), record.value(), record.headers());
        letter.headers().add("noid-reason", reason.getBytes(StandardCharsets.UTF_8));
        return send(letter);
    }

    private CompletableFuture<Void> send(ProducerRecord<byte[], byte[]> record) {
        CompletableFuture<Void> sent = new CompletableFuture<>();
        var _ = producer.send(record, (_, exception) -> {
            if (exception == null) {
                sent.complete(null);
            } else {
                sent.completeExceptionally(exception);
            }
        });
        return sent;
    }

    @Override
    public void close() {
        producer.close(Duration.ofMillis(500));
    }
}
