package dev.noid.gateway.live;

import dev.noid.gateway.store.JobRow;
import dev.noid.schema.Deadline;
import dev.noid.schema.api.OutputLine;
import dev.noid.schema.job.ExecResult;
import dev.noid.schema.job.JobState;
import java.io.IOException;
import java.time.Duration;
import java.util.OptionalLong;
import java.util.function.Predicate;

/// Says one exec's output to one watcher, on the watcher's thread: from the wanted offsets to the end that the
/// job's row tells, never earlier.
public final class OutputReader {
    private static final Duration SAFETY_NET = Duration.ofSeconds(1);
    private static final Duration CLAIMED_SOON = Duration.ofSeconds(1);

    private final JobWatch watch;
    private final OutputSource source;
    private final OutputPlaces places = new OutputPlaces();

    public OutputReader(JobWatch watch, OutputSource source) {
        this.watch = watch;
        this.source = source;
    }

    /// How it came out.
    ///
    /// @param row   as last seen
    /// @param whole everything that was wanted has been said; otherwise its time was over before that
    public record Followed(JobRow row, boolean whole) {}

    public Followed follow(String tenant, JobRow job, Follow wanted, OutputSink sink)
            throws IOException, InterruptedException, TooManyReaders {
        JobRow row = reached(tenant, job, wanted, sink, OutputReader::onItsWay);
        if (wanted.goesOn() && onItsWay(row)) {
            row = watch.read(tenant, row.id()).orElse(row);
        }
        if (wanted.goesOn() && onItsWay(row)) {
            // Its worker need not have said where its output begins: nobody had claimed it when the end was asked for.
            OptionalLong now = source.end(wanted.token(), row.partition());
            row = watch.read(tenant, row.id()).orElse(row);
            if (now.isPresent() && onItsWay(row)) {
                Followed read = readFrom(now.getAsLong(), tenant, row, wanted, sink);
                if (!onItsWay(read.row())) {
                    return read;
                }
                row = read.row();
            }
        }
        row = reached(tenant, row, wanted, sink, _ -> false);
        Long offset = row.outputOffset();
        return offset == null
                ? new Followed(row, !wanted.follow() || row.state().terminal())
                : readFrom(offset, tenant, row, wanted, sink);
    }

    /// With a worker that has not claimed it yet.
    private static boolean onItsWay(JobRow row) {
        return row.state() == JobState.PLACED && row.outputOffset() == null;
    }

    /// Until it is over; or until it should long have been claimed and is not: a reader's place is not for waiting.
    private Followed readFrom(long offset, String tenant, JobRow row, Follow wanted, OutputSink sink)
            throws IOException, InterruptedException, TooManyReaders {
        OutputPlaces.Place from = places.before(
                row.exec(), wanted.stdoutFrom(), wanted.stderrFrom(), new OutputPlaces.Place(offset, 0, 0, null));
        try (OutputCursor cursor =
                        places.noted(row.exec(), from, source.open(wanted.token(), row.partition(), from.offset()));
                Waiter waiter = watch.register(row.id(), cursor::wakeup)) {
            sink.begins();
            if (from.ack() != null) {
                sink.line(OutputAssembler.line(from.ack()));
            }
            return read(tenant, row, wanted, sink, cursor, waiter);
        }
    }

    /// Waits until a worker has claimed it, it is over, or it is `enough`.
    private JobRow reached(String tenant, JobRow job, Follow wanted, OutputSink sink, Predicate<JobRow> enough)
            throws IOException, InterruptedException {
        Predicate<JobRow> there =
                seen -> seen.outputOffset() != null || seen.state().terminal() || enough.test(seen);
        JobRow row = job;
        while (!there.test(row) && wanted.goesOn()) {
            row = watch.await(tenant, job.id(), there, wanted.deadline().atMost(OutputPump.IDLE))
                    .orElse(row);
            if (!there.test(row)) {
                sink.idle();
            }
        }
        return row;
    }

    private Followed read(
            String tenant, JobRow first, Follow wanted, OutputSink sink, OutputCursor cursor, Waiter waiter)
            throws IOException, InterruptedException {
        JobRow row = first;
        OutputAssembler assembler = new OutputAssembler(wanted.stdoutFrom(), wanted.stderrFrom());
        OutputPump pump = new OutputPump(cursor, assembler, sink);
        OptionalLong end = OptionalLong.empty();
        Deadline nextRead = Deadline.after(Duration.ZERO);
        Deadline claimed = Deadline.after(CLAIMED_SOON);
        while (true) {
            // Not once its end is known: what is written after that is not read here, and not missing either.
            if (!row.state().terminal() && end.isEmpty() && (waiter.await(Duration.ZERO) || nextRead.passed())) {
                row = watch.read(tenant, row.id()).orElse(row);
                nextRead = Deadline.after(SAFETY_NET);
            }
            boolean over = row.state().terminal();
            if (over && said(assembler, row, wanted)) {
                return new Followed(row, true);
            }
            // The end is asked for after the row was seen terminal: all output is in Kafka before that is written.
            if (end.isEmpty() && (over || !wanted.follow())) {
                end = cursor.end();
            }
            if (end.isPresent() && cursor.position() >= end.getAsLong()) {
                if (over) {
                    sayMissing(assembler, row, sink);
                }
                return new Followed(row, true);
            }
            if (wanted.deadline().passed()) {
                return new Followed(row, false);
            }
            if (onItsWay(row) && row.attempt() == first.attempt() && claimed.passed()) {
                // Nothing of it can have been said only if nobody has claimed it by now either.
                row = watch.read(tenant, row.id()).orElse(row);
                if (onItsWay(row) && row.attempt() == first.attempt()) {
                    return new Followed(row, false);
                }
                continue;
            }
            pump.poll(row.exec(), pollSpan(wanted, end));
        }
    }

    /// With a known end the records are there already, or a gap is; otherwise as long as the row may stay unread.
    private static Duration pollSpan(Follow wanted, OptionalLong end) {
        Duration longest = end.isPresent() ? Duration.ofMillis(100) : SAFETY_NET;
        return wanted.deadline().atMost(longest).left();
    }

    private static boolean said(OutputAssembler assembler, JobRow row, Follow wanted) {
        ExecResult result = row.outcome() == null ? null : row.outcome().exec();
        return result != null
                && !unknown(result)
                && assembler.complete(
                        Math.min(result.stdoutBytes(), wanted.enough()),
                        Math.min(result.stderrBytes(), wanted.enough()));
    }

    /// Whoever found it gone may not have heard what it had written: what is in Kafka tells.
    private static boolean unknown(ExecResult result) {
        return result.exitCode() == null
                && result.signal() == null
                && result.stdoutBytes() == 0
                && result.stderrBytes() == 0;
    }

    private static void sayMissing(OutputAssembler assembler, JobRow row, OutputSink sink)
            throws IOException, InterruptedException {
        ExecResult result = row.outcome() == null ? null : row.outcome().exec();
        if (result != null) {
            for (OutputLine line : assembler.missing(result.stdoutBytes(), result.stderrBytes())) {
                sink.line(line);
            }
        }
    }
}
