package dev.noid.worker.intake;

import dev.noid.schema.record.Command;
import dev.noid.schema.record.Decoded;
import dev.noid.schema.record.RecordCodec;
import dev.noid.worker.job.Attempts;
import dev.noid.worker.publish.EventPublisher;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// From records of `noid.commands` to attempts. What can't be read goes to the dead letters, and its job fails.
public final class CommandReader implements Consumer<ConsumerRecord<byte[], byte[]>> {
    private static final Logger log = LoggerFactory.getLogger(CommandReader.class);

    private final String host;
    private final Attempts attempts;
    private final EventPublisher events;
    private final RecordCodec codec = new RecordCodec();

    public CommandReader(String host, Attempts attempts, EventPublisher events) {
        this.host = host;
        this.attempts = attempts;
        this.events = events;
    }

    @Override
    public void accept(ConsumerRecord<byte[], byte[]> record) {
        switch (codec.command(record.headers(), record.value())) {
            case Decoded.Value<Command>(Command command) -> {
                // Hosts may share a partition.
                if (host.equals(command.host())) {
                    attempts.take(command);
                }
            }
            case Decoded.Skip<Command> _ -> {}
            case Decoded.Unreadable<Command>(String reason, String job) -> unreadable(record, reason, job);
        }
    }

    private void unreadable(ConsumerRecord<byte[], byte[]> record, String reason, @Nullable String job) {
        log.error(
                "command can't be read, sent to the dead letters offset={} job={} reason=\"{}\"",
                record.offset(),
                job,
                reason);
        Thread.startVirtualThread(() -> {
            var _ = events.deadLetter(record, reason);
        });
        if (job != null) {
            attempts.unreadable(job, reason);
        }
    }
}
