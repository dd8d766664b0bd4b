package dev.noid.worker.intake;

import dev.noid.schema.record.Topic;
import java.time.Duration;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.errors.WakeupException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One thread that owns one consumer of one partition and hands its records over, never waiting for anybody.
public final class Intake implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Intake.class);
    private static final Duration POLL = Duration.ofSeconds(1);
    private static final Duration LAST_ONE = Duration.ofSeconds(1);

    private final org.apache.kafka.clients.consumer.Consumer<byte[], byte[]> consumer;
    private final Consumer<ConsumerRecord<byte[], byte[]>> take;
    private final Consumer<Throwable> dies;
    private final Thread thread;
    private volatile boolean closed;

    private Intake(
            org.apache.kafka.clients.consumer.Consumer<byte[], byte[]> consumer,
            String name,
            Consumer<ConsumerRecord<byte[], byte[]>> take,
            Consumer<Throwable> dies) {
        this.consumer = consumer;
        this.take = take;
        this.dies = dies;
        this.thread = Thread.ofPlatform().name(name).daemon().unstarted(this::run);
    }

    /// Takes its place at the partition's end at once, and reads from there after [#start].
    ///
    /// @param dies hears of the end of a loop that nobody asked for
    public static Intake at(
            Consumers consumers,
            Topic topic,
            int partition,
            Consumer<ConsumerRecord<byte[], byte[]>> take,
            Consumer<Throwable> dies) {
        return new Intake(consumers.atEnd(topic, partition), "intake-" + topic.topicName(), take, dies);
    }

    public void start() {
        thread.start();
    }

    private void run() {
        try {
            while (!closed) {
                poll();
            }
        } catch (WakeupException e) {
            // Closed.
        } catch (RuntimeException | Error e) {
            if (!closed) {
                dies.accept(e);
            }
        } finally {
            // Nothing is committed, so nothing is worth a wait for the answer to the fetch that is on its way.
            consumer.close(CloseOptions.timeout(Duration.ZERO));
        }
    }

    private void poll() {
        try {
            for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
                take.accept(record);
            }
        } catch (RetriableException e) {
            log.warn("poll failed, trying on thread={} error=\"{}\"", thread.getName(), e.getMessage());
        }
    }

    @Override
    public void close() {
        closed = true;
        consumer.wakeup();
        try {
            thread.join(LAST_ONE);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
