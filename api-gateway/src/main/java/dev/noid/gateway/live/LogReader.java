package dev.noid.gateway.live;

import dev.noid.gateway.store.LogRow;
import dev.noid.schema.Deadline;
import dev.noid.schema.ExecId;
import dev.noid.schema.api.OutputLine;
import dev.noid.schema.record.Output;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;

/// Says a VM's log to one watcher, on the watcher's thread: what processes of its past write. It has no length, so it
/// ends where Kafka ends now, or with the VM as it is: its stop, or another generation in its place.
public final class LogReader {
    private static final Duration SAFETY_NET = Duration.ofSeconds(1);
    private static final Duration IDLE = Duration.ofSeconds(15);

    private final LogRows rows;
    private final OutputSource source;

    public LogReader(LogRows rows, OutputSource source) {
        this.rows = rows;
        this.source = source;
    }

    /// Empty when the tenant has no such VM.
    public Optional<LogRow> find(String tenant, String name) {
        return rows.find(tenant, name);
    }

    public void follow(String tenant, String name, LogRow log, Follow wanted, OutputSink sink)
            throws IOException, InterruptedException, TooManyReaders {
        Long offset = log.offset();
        if (offset == null) {
            sink.begins();
            return;
        }
        ExecId address = Output.log(log.vm(), log.generation());
        OutputAssembler assembler = new OutputAssembler(wanted.stdoutFrom(), wanted.stderrFrom());
        try (OutputCursor cursor = source.open(log.partition(), offset)) {
            sink.begins();
            OptionalLong end = OptionalLong.empty();
            Deadline nextLook = Deadline.after(Duration.ZERO);
            Deadline nextIdle = Deadline.after(IDLE);
            boolean over = !wanted.follow();
            while (!wanted.deadline().passed()) {
                if (!over && nextLook.passed()) {
                    over = rows.find(tenant, name)
                            .filter(now -> goesOn(log, now))
                            .isEmpty();
                    nextLook = Deadline.after(SAFETY_NET);
                }
                // Asked for once nothing more is written there.
                if (over && end.isEmpty()) {
                    end = cursor.end();
                }
                if (end.isPresent() && cursor.position() >= end.getAsLong()) {
                    return;
                }
                boolean silent = true;
                for (Output output : cursor.poll(
                        address, wanted.deadline().atMost(SAFETY_NET).left())) {
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
    }

    private static boolean goesOn(LogRow log, LogRow now) {
        return now.runs() && now.vm().equals(log.vm()) && now.generation() == log.generation();
    }
}
