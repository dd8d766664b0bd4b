package dev.noid.worker.intake;

import dev.noid.schema.record.Decoded;
import dev.noid.schema.record.Input;
import dev.noid.schema.record.RecordCodec;
import dev.noid.worker.job.Attempts;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// From records of `noid.input` to the execs they are for.
public final class InputReader implements Consumer<ConsumerRecord<byte[], byte[]>> {
    private static final Logger log = LoggerFactory.getLogger(InputReader.class);

    private final String host;
    private final Attempts attempts;
    private final RecordCodec codec = new RecordCodec();

    public InputReader(String host, Attempts attempts) {
        this.host = host;
        this.attempts = attempts;
    }

    @Override
    public void accept(ConsumerRecord<byte[], byte[]> record) {
        switch (codec.input(record.headers(), record.value())) {
            case Decoded.Value<Input>(Input input) -> {
                if (host.equals(input.host())) {
                    attempts.take(input);
                }
            }
            case Decoded.Skip<Input> _ -> {}
            case Decoded.Unreadable<Input>(String reason, String _) ->
                log.warn("input can't be read, dropped offset={} reason=\"{}\"", record.offset(), reason);
        }
    }
}
