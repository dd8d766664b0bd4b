package dev.noid.gateway.live;

import dev.noid.schema.record.Decoded;
import dev.noid.schema.record.Output;
import dev.noid.schema.record.RecordCodec;
import dev.noid.schema.record.Topic;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Reads `noid.output` from now on, of those partitions that somebody watches, on one thread that owns the
/// consumer. For
/// short replies to many: who wants all of an exec's output, from any offset and at its own pace, has a
/// reader of its
/// own.
public final class OutputTail implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(OutputTail.class);
    private static final int FETCH_BYTES = 1 << 20;
    /// A partition whose last watcher has gone: the next one comes soon, mostly.
    private static final Duration KEPT = Duration.ofSeconds(10);
    private static final Duration PATIENCE = Duration.ofSeconds(2);

    private final KafkaConsumer<byte[], byte[]> consumer;
    private final Predicate<String> wanted;
    private final Consumer<Output> listener;
    private final Runnable onDeath;
    private final RecordCodec codec = new RecordCodec();
    private final Map<Integer, Watched> watched = new HashMap<>();
    private final Thread thread;
    private boolean changed;
    private volatile boolean stopped;

    private static final class Watched {
        final CompletableFuture<Boolean> begun = new CompletableFuture<>();
        int watchers;
        long leftNanos;
    }

    /// @param wanted   whether anybody waits for output of this job; the rest is not decoded
    /// @param listener must return quickly
    public OutputTail(String bootstrap, Predicate<String> wanted, Consumer<Output> listener, Runnable onDeath) {
        this.consumer = new KafkaConsumer<>(
                Map.of(
                        "bootstrap.servers",
                        bootstrap,
                        "enable.auto.commit",
                        false,
                        "auto.offset.reset",
                        "latest",
                        "allow.auto.create.topics",
                        false,
                        // One more partition is not asked for before the fetch that is on its way has come back.
                        "fetch.max.wait.ms",
                        50,
                        "fetch.max.bytes",
                        FETCH_BYTES,
                        "max.partition.fetch.bytes",
                        FETCH_BYTES,
                        "reconnect.backoff.max.ms",
                        500),
                new ByteArrayDeserializer(),
                new ByteArrayDeserializer());
        this.wanted = wanted;
        this.listener = listener;
        this.onDeath = onDeath;
        this.thread = Thread.ofPlatform().name("output-tail").unstarted(this::loop);
    }

    public void start() {
        thread.start();
    }

    /// Once this has returned true, all that is written to the partition is heard, until [#leave].
    public boolean watch(int partition) throws InterruptedException {
        Watched one;
        synchronized (watched) {
            one = watched(partition);
            one.watchers++;
        }
        try {
            if (one.begun.get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
                return true;
            }
        } catch (ExecutionException | TimeoutException _) {
            // The broker is away.
        }
        leave(partition);
        return false;
    }

    /// Somebody is about to [#watch], which then need not wait.
    public void soon(int partition) {
        synchronized (watched) {
            watched(partition).leftNanos = System.nanoTime();
        }
    }

    private Watched watched(int partition) {
        return watched.computeIfAbsent(partition, _ -> {
            changed = true;
            watched.notifyAll();
            consumer.wakeup();
            return new Watched();
        });
    }

    public void leave(int partition) {
        synchronized (watched) {
            Watched one = watched.get(partition);
            if (one != null && --one.watchers <= 0) {
                one.leftNanos = System.nanoTime();
            }
        }
    }

    private void loop() {
        try {
            while (!stopped) {
                try {
                    assign();
                    if (!consumer.assignment().isEmpty()) {
                        consumer.poll(Duration.ofSeconds(1)).forEach(this::hear);
                    }
                } catch (WakeupException _) {
                    // Another partition, or close().
                }
            }
        } catch (InterruptedException _) {
            // Nobody does that; close() wakes.
        } catch (RuntimeException e) {
            log.error("output tail died", e);
            onDeath.run();
        } finally {
            consumer.close(CloseOptions.timeout(Duration.ZERO));
        }
    }

    private void assign() throws InterruptedException {
        List<TopicPartition> all = new ArrayList<>();
        Map<TopicPartition, Watched> fresh = new HashMap<>();
        synchronized (watched) {
            while (watched.isEmpty() && !changed && !stopped) {
                watched.wait();
            }
            long now = System.nanoTime();
            boolean left = watched.values().removeIf(one -> one.watchers <= 0 && now - one.leftNanos > KEPT.toNanos());
            if (!left && !changed) {
                return;
            }
            watched.forEach((number, one) -> {
                TopicPartition partition = new TopicPartition(Topic.OUTPUT.topicName(), number);
                all.add(partition);
                if (!one.begun.isDone()) {
                    fresh.put(partition, one);
                }
            });
        }
        consumer.assign(all);
        try {
            consumer.seekToEnd(fresh.keySet());
            // Its place is fixed here, so nothing that is written after it is missed.
            fresh.keySet().forEach(partition -> consumer.position(partition, PATIENCE));
            synchronized (watched) {
                changed = watched.values().stream().anyMatch(one -> !one.begun.isDone() && !fresh.containsValue(one));
            }
            fresh.values().forEach(one -> one.begun.complete(true));
        } catch (WakeupException e) {
            throw e;
        } catch (KafkaException e) {
            log.warn("output not watched cause={}", e.toString());
            synchronized (watched) {
                watched.values().removeAll(fresh.values());
                changed = true;
            }
            fresh.values().forEach(one -> one.begun.complete(false));
        }
    }

    private void hear(ConsumerRecord<byte[], byte[]> record) {
        if (codec.exec(record.headers()).filter(exec -> wanted.test(exec.job())).isEmpty()) {
            return;
        }
        switch (codec.output(record.headers(), record.value())) {
            case Decoded.Value<Output>(Output output) -> listener.accept(output);
            case Decoded.Skip<Output>() -> {}
            case Decoded.Unreadable<Output> unreadable ->
                log.warn("output unreadable, skipped offset={} reason={}", record.offset(), unreadable.reason());
        }
    }

    @Override
    public void close() {
        stopped = true;
        if (!thread.isAlive()) {
            consumer.close(CloseOptions.timeout(Duration.ZERO));
            return;
        }
        synchronized (watched) {
            watched.notifyAll();
        }
        consumer.wakeup();
        try {
            thread.join(Duration.ofSeconds(2));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
