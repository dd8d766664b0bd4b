package dev.noid.gateway.dispatch;

import dev.noid.schema.record.Command;
import dev.noid.schema.record.Input;
import dev.noid.schema.record.RecordCodec;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The two producers: commands may be lost (their rows repeat them), input may not (it waits for the broker).
public final class CommandProducer implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(CommandProducer.class);
    /// A caller never waits longer than this for a broker that is away.
    private static final int MAX_BLOCK_MILLIS = 200;

    private final RecordCodec codec = new RecordCodec();
    private final KafkaProducer<byte[], byte[]> commands;
    private final KafkaProducer<byte[], byte[]> input;

    public CommandProducer(String bootstrap) {
        // 3 s: a command that the broker has not taken by then is repeated from its row, so an old copy is worth
        // nothing.
        this.commands = producer(bootstrap, 3_000, 8 << 20);
        this.input = producer(bootstrap, Integer.MAX_VALUE, 16 << 20);
    }

    private static KafkaProducer<byte[], byte[]> producer(String bootstrap, int deliveryMillis, long bufferBytes) {
        return new KafkaProducer<>(
                Map.of(
                        "bootstrap.servers",
                        bootstrap,
                        "acks",
                        "all",
                        "enable.idempotence",
                        true,
                        "linger.ms",
                        0,
                        "max.block.ms",
                        MAX_BLOCK_MILLIS,
                        "request.timeout.ms",
                        Math.min(deliveryMillis, 10_000),
                        "delivery.timeout.ms",
                        deliveryMillis,
                        "buffer.memory",
                        bufferBytes,
                        "reconnect.backoff.max.ms",
                        500),
                new ByteArraySerializer(),
                new ByteArraySerializer());
    }

    /// Does not wait for the broker. False when it can't be sent now; `undelivered` is called then, or within seconds.
    public boolean send(Command command, int partition, Runnable undelivered) {
        try {
            var sent = commands.send(codec.encode(command, partition), (_, error) -> {
                if (error != null) {
                    log.debug("command not delivered job={} cause={}", command.job(), error.toString());
                    undelivered.run();
                }
            });
            // Kafka does not throw what it finds out here: no metadata, no room.
            return sent.state() != Future.State.FAILED;
        } catch (KafkaException e) {
            log.debug("command not sent job={} cause={}", command.job(), e.toString());
            undelivered.run();
            return false;
        }
    }

    /// Waits, without limit, only for room in the producer's buffer: that is what slows the client down while the
    /// broker is away. The future ends when the broker has it.
    public CompletableFuture<Void> send(Input record, int partition) throws InterruptedException {
        while (true) {
            CompletableFuture<Void> delivered = new CompletableFuture<>();
            var sent = input.send(codec.encode(record, partition), (_, error) -> {
                if (error == null) {
                    delivered.complete(null);
                } else {
                    delivered.completeExceptionally(error);
                }
            });
            boolean noRoomOrNoBroker =
                    sent.state() == Future.State.FAILED && sent.exceptionNow() instanceof TimeoutException;
            if (!noRoomOrNoBroker) {
                return delivered;
            }
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
        }
    }

    @Override
    public void close() {
        commands.close(Duration.ofSeconds(1));
        input.close(Duration.ofSeconds(1));
    }
}
