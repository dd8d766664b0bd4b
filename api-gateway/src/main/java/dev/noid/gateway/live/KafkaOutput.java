package dev.noid.gateway.live;

import dev.noid.gateway.limit.Quota;
import dev.noid.schema.ExecId;
import dev.noid.schema.record.Decoded;
import dev.noid.schema.record.Output;
import dev.noid.schema.record.RecordCodec;
import dev.noid.schema.record.Topic;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.WakeupException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One consumer a reader, from a pool: making one costs tens of milliseconds.
public final class KafkaOutput implements OutputSource {
    private static final Logger log = LoggerFactory.getLogger(KafkaOutput.class);
    private static final int KEPT_IDLE = 4;
    private static final Duration PATIENCE = Duration.ofSeconds(3);

    private final String bootstrap;
    private final Quota places;
    private final BlockingQueue<KafkaConsumer<byte[], byte[]>> idle = new LinkedBlockingQueue<>(KEPT_IDLE);
    private final RecordCodec codec = new RecordCodec();

    /// @param readers at once
    public KafkaOutput(String bootstrap, Quota readers) {
        this.bootstrap = bootstrap;
        this.places = readers;
    }

    @Override
    public OutputCursor open(String token, int partition, long offset) throws InterruptedException, TooManyReaders {
        Quota.Place place = places.take(token, PATIENCE).orElseThrow(() -> new TooManyReaders(places.most()));
        KafkaConsumer<byte[], byte[]> consumer = idle.poll();
        try {
            return new Cursor(place, consumer == null ? make() : consumer, partition, offset);
        } catch (RuntimeException e) {
            place.close();
            throw e;
        }
    }

    private KafkaConsumer<byte[], byte[]> make() {
        // What retention removed is noticed by its offsets, and said as a gap.
        return Consumers.ofOutput(bootstrap, "earliest");
    }

    @Override
    public void close() {
        for (var consumer = idle.poll(); consumer != null; consumer = idle.poll()) {
            consumer.close(CloseOptions.timeout(Duration.ZERO));
        }
    }

    private final class Cursor implements OutputCursor {
        private final Quota.Place place;
        private final KafkaConsumer<byte[], byte[]> consumer;
        private final TopicPartition partition;
        private long position;
        private boolean closed;

        Cursor(Quota.Place place, KafkaConsumer<byte[], byte[]> consumer, int number, long offset) {
            this.place = place;
            this.consumer = consumer;
            this.partition = new TopicPartition(Topic.OUTPUT.topicName(), number);
            this.position = offset;
            consumer.assign(List.of(partition));
            consumer.seek(partition, offset);
        }

        @Override
        public List<Output> poll(ExecId exec, Duration span) throws InterruptedException {
            List<Output> found = new ArrayList<>();
            try {
                var records = consumer.poll(span);
                for (var record : records) {
                    position = record.offset() + 1;
                    if (codec.belongsTo(record.headers(), exec)) {
                        switch (codec.output(record.headers(), record.value())) {
                            case Decoded.Value<Output>(Output output) -> found.add(output);
                            case Decoded.Skip<Output>() -> {}
                            case Decoded.Unreadable<Output> unreadable ->
                                log.warn("output unreadable, skipped exec={} reason={}", exec, unreadable.reason());
                        }
                    }
                }
                if (records.isEmpty()) {
                    // Where retention has removed everything, the consumer has gone on without a record.
                    position = Math.max(position, consumer.position(partition, Duration.ZERO));
                }
            } catch (WakeupException | TimeoutException _) {
                // Asked for, to look at the row again; or its place is not known yet.
            } catch (InterruptException e) {
                throw interrupted(e);
            }
            return found;
        }

        @Override
        public long position() {
            return position;
        }

        @Override
        public OptionalLong end() throws InterruptedException {
            try {
                Long end = consumer.endOffsets(List.of(partition), Duration.ofSeconds(2))
                        .get(partition);
                return end == null ? OptionalLong.empty() : OptionalLong.of(end);
            } catch (WakeupException | TimeoutException _) {
                return OptionalLong.empty();
            } catch (InterruptException e) {
                throw interrupted(e);
            }
        }

        /// Kafka's own is unchecked and leaves the flag set.
        private static InterruptedException interrupted(InterruptException e) {
            Thread.interrupted();
            InterruptedException checked = new InterruptedException();
            checked.initCause(e);
            return checked;
        }

        @Override
        public synchronized void wakeup() {
            // After close the consumer may be somebody else's.
            if (!closed) {
                consumer.wakeup();
            }
        }

        @Override
        public void close() {
            synchronized (this) {
                closed = true;
            }
            boolean kept = false;
            try {
                consumer.assign(List.of());
                // A wakeup that nobody consumed would end the next reader's first poll, or this one.
                kept = idle.offer(consumer);
            } catch (KafkaException e) {
                log.warn("consumer thrown away cause={}", e.toString());
            } finally {
                if (!kept) {
                    consumer.close(CloseOptions.timeout(Duration.ZERO));
                }
                place.close();
            }
        }
    }
}
