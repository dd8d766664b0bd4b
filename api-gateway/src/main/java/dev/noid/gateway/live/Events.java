package dev.noid.gateway.live;

import dev.noid.schema.record.Decoded;
import dev.noid.schema.record.Event;
import dev.noid.schema.record.RecordCodec;
import dev.noid.schema.record.Topic;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Reads all of `noid.events` from now on, on one thread that owns the consumer. Events are hints: one that is missed
/// costs a second, never a result.
public final class Events implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Events.class);

    private final KafkaConsumer<byte[], byte[]> consumer;
    private final Consumer<Event> listener;
    private final Runnable onDeath;
    private final RecordCodec codec = new RecordCodec();
    private final List<TopicPartition> partitions;
    private final Thread thread;
    private volatile boolean stopped;

    /// Asks the broker for the partitions: it has to be there. `listener` must return quickly.
    public Events(String bootstrap, Consumer<Event> listener, Runnable onDeath) {
        this.consumer = Consumers.open(bootstrap, "latest");
        this.listener = listener;
        this.onDeath = onDeath;
        this.partitions = consumer.partitionsFor(Topic.EVENTS.topicName(), Duration.ofSeconds(10)).stream()
                .map(info -> new TopicPartition(info.topic(), info.partition()))
                .toList();
        consumer.assign(partitions);
        consumer.seekToEnd(partitions);
        // Positions are fixed here, before anybody can submit: no event of a job of ours is missed.
        partitions.forEach(partition -> consumer.position(partition, Duration.ofSeconds(10)));
        this.thread = Thread.ofPlatform().name("events").unstarted(this::loop);
    }

    public void start() {
        thread.start();
    }

    /// How many partitions VMs are spread over.
    public int partitions() {
        return partitions.size();
    }

    private void loop() {
        try {
            while (!stopped) {
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofSeconds(1))) {
                    switch (codec.event(record.headers(), record.value())) {
                        case Decoded.Value<Event>(Event event) -> listener.accept(event);
                        case Decoded.Skip<Event>() -> {}
                        case Decoded.Unreadable<Event> unreadable ->
                            log.warn(
                                    "event unreadable, skipped partition={} offset={} reason={}",
                                    record.partition(),
                                    record.offset(),
                                    unreadable.reason());
                    }
                }
            }
        } catch (WakeupException _) {
            // close()
        } catch (RuntimeException e) {
            log.error("events died", e);
            onDeath.run();
        } finally {
            closeConsumer();
        }
    }

    private void closeConsumer() {
        // Nothing is committed, so nothing is worth a wait for the answer to the fetch that is on its way.
        consumer.close(CloseOptions.timeout(Duration.ZERO));
    }

    @Override
    public void close() {
        stopped = true;
        if (!thread.isAlive()) {
            closeConsumer();
            return;
        }
        consumer.wakeup();
        try {
            thread.join(Duration.ofSeconds(2));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
