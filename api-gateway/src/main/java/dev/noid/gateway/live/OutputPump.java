package dev.noid.gateway.live;

import dev.noid.schema.Deadline;
import dev.noid.schema.ExecId;
import dev.noid.schema.api.OutputLine;
import dev.noid.schema.record.Output;
import java.io.IOException;
import java.time.Duration;

/// Brings one exec's records, or a log's, from Kafka to its watcher, a poll at a time.
final class OutputPump {
    /// Longer silence is broken by [OutputSink#idle], so that a watcher who went away is noticed.
    static final Duration IDLE = Duration.ofSeconds(15);

    private final OutputCursor cursor;
    private final OutputAssembler assembler;
    private final OutputSink sink;
    private Deadline nextIdle = Deadline.after(IDLE);

    OutputPump(OutputCursor cursor, OutputAssembler assembler, OutputSink sink) {
        this.cursor = cursor;
        this.assembler = assembler;
        this.sink = sink;
    }

    /// @param exec as its row names it now: another attempt is another exec
    /// @param span to wait for a record
    void poll(ExecId exec, Duration span) throws IOException, InterruptedException {
        boolean silent = true;
        for (Output output : cursor.poll(exec, span)) {
            for (OutputLine line : assembler.accept(output)) {
                sink.line(line);
                silent = false;
            }
        }
        if (!silent) {
            nextIdle = Deadline.after(IDLE);
        } else if (nextIdle.passed()) {
            sink.idle();
            nextIdle = Deadline.after(IDLE);
        }
    }
}
