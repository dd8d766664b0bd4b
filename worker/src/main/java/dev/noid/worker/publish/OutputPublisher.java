package dev.noid.worker.publish;

import dev.noid.schema.record.Output;
import dev.noid.schema.record.RecordCodec;
import java.time.Duration;
import java.util.function.Consumer;
import org.apache.kafka.clients.producer.Producer;

/// Output of execs to `noid.output`.
public final class OutputPublisher implements AutoCloseable {
    /// Bytes that may wait for the broker, of all VMs together.
    private static final long BUFFER = 16L << 20;

    private final Producer<byte[], byte[]> producer;
    private final OutputOffsets offsets;
    private final Consumer<Throwable> dies;
    private final RecordCodec codec = new RecordCodec();
    private volatile boolean closed;

    /// @param dies hears of a record that can't be written by waiting: nobody acknowledged it to the agent, so a
    /// restart sends it again
    public OutputPublisher(Producers producers, OutputOffsets offsets, Consumer<Throwable> dies) {
        this.producer = producers.open("noid-worker-output", BUFFER);
        this.offsets = offsets;
        this.dies = dies;
    }

    /// Blocks while the buffer is full. `safe` runs once Kafka has the record, in the order of publishing within a
    /// partition.
    public void publish(int partition, Output output, Runnable safe) {
        var _ = producer.send(codec.encode(output, partition), (metadata, exception) -> {
            if (exception == null) {
                offsets.written(partition, metadata.offset());
                safe.run();
            } else if (!closed) {
                dies.accept(exception);
            }
        });
    }

    @Override
    public void close() {
        closed = true;
        producer.close(Duration.ofMillis(500));
    }
}
