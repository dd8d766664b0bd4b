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
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Reads `noid.output` from now on, of those partitions that somebody watches, on one thread that owns the
/// consumer. For
/// short replies to many: who wants all of an exec's output, from any offset and at its own pace, has a
/// reader of its
/// own.
public final class OutputTail implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(OutputTail.class);
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

    /// What a watcher holds on to.
    static final class Watched {
        private final CompletableFuture<Boolean> begun = new CompletableFuture<>();
        private int watchers;
        private long leftNanos;
    }

    /// @param wanted   whether anybody waits for output of this job; the rest is not decoded
    /// @param listener must return quickly
    public OutputTail(String bootstrap, Predicate<String> wanted, Consumer<Output> listener, Runnable onDeath) {
        this.consumer = Consumers.ofOutput(bootstrap, "latest");
        this.wanted = wanted;
        this.listener = listener;
        this.onDeath = onDeath;
        this.thread = Thread.ofPlatform().name("output-tail").unstarted(this::loop);
    }

    public void start() {
        thread.start();
    }

    /// Once this has returned one, all that is written to the partition is heard, until [#leave]. Null when the broker
    /// does not say from where.
    @Nullable
    Watched watch(int partition) throws InterruptedException {
        Watched one;
        synchronized (watched) {
            one = watched(partition);
            one.watchers++;
        }
        boolean begun = false;
        try {
            begun = one.begun.get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException | TimeoutException _) {
            // The broker is away.
        } finally {
            if (!begun) {
                leave(one);
            }
        }
        return begun ? one : null;
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

    void leave(Watched one) {
        synchronized (watched) {
            one.watchers--;
            one.leftNanos = System.nanoTime();
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
            if (!fresh.isEmpty()) { // none would be all
                consumer.seekToEnd(fresh.keySet());
            }
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
