package dev.noid.gateway.live;

import dev.noid.gateway.store.LogRow;
import dev.noid.schema.Deadline;
import dev.noid.schema.ExecId;
import dev.noid.schema.api.LogEnd;
import dev.noid.schema.api.OutputLine;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/// Says a VM's log to one watcher, on the watcher's thread: what processes of its past write. It has no length, so it
/// ends where Kafka ends now, or with the VM as it is: its stop, or another generation in its place.
public final class LogReader {
    private static final Duration SAFETY_NET = Duration.ofSeconds(1);
    /// What a worker may still hold back of a VM that has ended: 256 KiB at its pace, when it ended by itself.
    public static final Duration HELD_BACK = Duration.ofSeconds(5);

    private final LogRows rows;
    private final OutputSource source;
    private final Duration heldBack;

    public LogReader(LogRows rows, OutputSource source) {
        this(rows, source, HELD_BACK);
    }

    LogReader(LogRows rows, OutputSource source, Duration heldBack) {
        this.rows = rows;
        this.source = source;
        this.heldBack = heldBack;
    }

    /// Empty when the tenant has no such VM, or that VM never had such a log.
    ///
    /// @param log of a VM that has or had this name; null for that of the VM as it is now
    public Optional<LogRow> find(String tenant, String name, @Nullable ExecId log) {
        return rows.find(tenant, name, log);
    }

    /// False when its time was over before all was said.
    public boolean follow(String tenant, String name, LogRow found, Follow wanted, OutputSink sink)
            throws IOException, InterruptedException, TooManyReaders {
        Watcher watcher = new Watcher(tenant, name, wanted, sink);
        LogRow log = made(found, watcher);
        if (log.offset() == null) {
            sink.begins();
            if (log.end() != null) {
                sink.line(new OutputLine.LogEnded(log.end()));
            }
            return log.end() != null || !wanted.follow();
        }
        try (OutputCursor cursor = source.open(wanted.token(), log.partition(), log.offset())) {
            sink.begins();
            sink.line(new OutputLine.Log(log.id()));
            return read(log, cursor, watcher);
        }
    }

    /// Before a VM is made there is no place to read from. Each try of it is another generation, so it is looked for
    /// by its name.
    private LogRow made(LogRow found, Watcher watcher) throws IOException, InterruptedException {
        LogRow log = found;
        Deadline nextIdle = Deadline.after(OutputPump.IDLE);
        while (log.offset() == null && log.end() == null && watcher.waits()) {
            Thread.sleep(watcher.atMost(SAFETY_NET));
            if (nextIdle.passed()) {
                watcher.sink.idle();
                nextIdle = Deadline.after(OutputPump.IDLE);
            }
            log = rows.find(watcher.tenant, watcher.name, null)
                    .orElse(new LogRow(found.id(), found.partition(), null, LogEnd.STOPPED, false));
        }
        return log;
    }

    private boolean read(LogRow log, OutputCursor cursor, Watcher watcher) throws IOException, InterruptedException {
        OutputAssembler assembler = new OutputAssembler(watcher.wanted.stdoutFrom(), watcher.wanted.stderrFrom());
        OutputPump pump = new OutputPump(cursor, assembler, watcher.sink);
        LogEnd end = log.end();
        OptionalLong last = OptionalLong.empty();
        Deadline nextLook = Deadline.after(Duration.ZERO);
        // Of one that ended long before, nothing is on its way any more.
        Deadline allIsSent = Deadline.after(log.endedJustNow() && watcher.wanted.follow() ? heldBack : Duration.ZERO);
        while (!watcher.wanted.deadline().passed()) {
            boolean over = end != null || !watcher.wanted.follow();
            if (!over && nextLook.passed()) {
                end = end(log, watcher);
                nextLook = Deadline.after(SAFETY_NET);
                allIsSent = Deadline.after(heldBack);
            } else if (over && last.isEmpty() && allIsSent.passed()) {
                last = cursor.end();
            }
            if (last.isPresent() && cursor.position() >= last.getAsLong()) {
                if (end != null) {
                    watcher.sink.line(new OutputLine.LogEnded(end));
                }
                return true;
            }
            pump.poll(log.id(), watcher.atMost(SAFETY_NET));
        }
        return false;
    }

    private @Nullable LogEnd end(LogRow log, Watcher watcher) {
        Optional<LogRow> now = rows.find(watcher.tenant, watcher.name, log.id());
        return now.isEmpty() ? LogEnd.STOPPED : now.get().end();
    }

    private record Watcher(String tenant, String name, Follow wanted, OutputSink sink) {
        boolean waits() {
            return wanted.follow() && !wanted.deadline().passed();
        }

        Duration atMost(Duration span) {
            return wanted.deadline().atMost(span).left();
        }
    }
}
