package dev.noid.worker.job;

import dev.noid.schema.ExecId;
import dev.noid.schema.record.Output;
import dev.noid.schema.record.Stream;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One exec's output on its way from the agent to Kafka: every byte once, in order, acknowledged only when it is safe.
/// What is over the limit is not kept, but said: a gap takes its place.
final class ExecOutput {
    private static final Logger log = LoggerFactory.getLogger(ExecOutput.class);
    private static final long NOT_HEARD = -1;
    private static final long LOOK_UP_SECONDS = 1;
    /// What a record without bytes of output counts for: a guest can make as many of these as it likes.
    private static final int SMALL_RECORD = 256;

    private final ExecId exec;
    private final long limit;
    private final Semaphore budget;
    private final Sink sink;
    private final Runnable overLimit;
    private final Acknowledge acknowledge;
    private final Map<Stream, Lane> lanes = new EnumMap<>(Stream.class);
    private final CompletableFuture<Void> safe = new CompletableFuture<>();
    private int inFlight;
    private boolean complete;
    private boolean over;
    private volatile boolean abandoned;

    /// Where records go; `safe` runs once Kafka has the record. May block.
    interface Sink {
        void publish(Output output, Runnable safe);
    }

    interface Acknowledge {
        void acknowledge(Stream stream, long offset);
    }

    private static final class Lane {
        long next = NOT_HEARD;
        long safe = NOT_HEARD;
    }

    /// @param budget    bytes that may be on their way to Kafka, shared by all execs of the VM
    /// @param overLimit called once, when both streams together are longer than `limit`
    ExecOutput(ExecId exec, long limit, Semaphore budget, Sink sink, Runnable overLimit, Acknowledge acknowledge) {
        this.exec = exec;
        this.limit = limit;
        this.budget = budget;
        this.sink = sink;
        this.overLimit = overLimit;
        this.acknowledge = acknowledge;
        for (Stream stream : Stream.values()) {
            lanes.put(stream, new Lane());
        }
    }

    /// Takes what the agent says, bytes that were heard before included. Blocks while the budget is used up.
    /// One caller at a time.
    void heard(Stream stream, long offset, byte[] bytes) {
        long end = offset + bytes.length;
        if (offset < 0 || end < offset || bytes.length == 0) {
            return;
        }
        Output record;
        boolean nowOver;
        synchronized (this) {
            Lane lane = lane(stream);
            if (lane.next == NOT_HEARD) {
                lane.next = offset; // The agent begins at the first byte that was never acknowledged.
            }
            if (end <= lane.next || abandoned) {
                return; // On its way already; its acknowledgement will come.
            }
            record = record(stream, lane, offset, bytes);
            lane.next = end;
            nowOver = record instanceof Output.Gap && !over && heardInAll() > limit;
            over |= nowOver;
            inFlight++; // From here on it counts in the length, so nobody may call the output complete without it.
        }
        if (nowOver) {
            overLimit.run();
        }
        send(stream, record, end);
    }

    private Output record(Stream stream, Lane lane, long offset, byte[] bytes) {
        long end = offset + bytes.length;
        if (heardInAll() - lane.next + end > limit) {
            return new Output.Gap(exec, stream, lane.next, end);
        }
        if (offset > lane.next) {
            log.warn(
                    "agent left bytes out job={} attempt={} stream={} from={} to={}",
                    exec.job(),
                    exec.attempt(),
                    stream,
                    lane.next,
                    offset);
            return new Output.Gap(exec, stream, lane.next, end);
        }
        byte[] fresh =
                offset == lane.next ? bytes : Arrays.copyOfRange(bytes, (int) (lane.next - offset), bytes.length);
        return new Output.Chunk(exec, stream, lane.next, fresh);
    }

    private void send(Stream stream, Output record, long end) {
        int cost = record instanceof Output.Chunk chunk ? Math.min(chunk.bytes().length, 1 << 20) : SMALL_RECORD;
        if (!acquire(cost)) {
            return;
        }
        sink.publish(record, () -> {
            budget.release(cost);
            synchronized (this) {
                inFlight--;
                Lane lane = lane(stream);
                lane.safe = Math.max(lane.safe, end);
            }
            acknowledge.acknowledge(stream, end);
            look();
        });
    }

    /// What is said beside the output, on the same budget.
    void say(Output.InputAck record) {
        if (acquire(SMALL_RECORD)) {
            sink.publish(record, () -> budget.release(SMALL_RECORD));
        }
    }

    private boolean acquire(int cost) {
        try {
            while (!abandoned) {
                if (budget.tryAcquire(cost, LOOK_UP_SECONDS, TimeUnit.SECONDS)) {
                    return true;
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return false;
    }

    /// Nothing more will be heard. The result is done when Kafka has everything.
    CompletableFuture<Void> complete(long stdoutBytes, long stderrBytes) {
        said(Stream.STDOUT, stdoutBytes);
        said(Stream.STDERR, stderrBytes);
        return complete();
    }

    CompletableFuture<Void> complete() {
        synchronized (this) {
            complete = true;
        }
        look();
        return safe;
    }

    /// Nobody waits for this output any more.
    void abandon() {
        abandoned = true;
    }

    /// The agent told a length; a reader that waits for as many bytes must not wait for ever.
    private void said(Stream stream, long length) {
        long from;
        synchronized (this) {
            Lane lane = lane(stream);
            from = lane.next;
            if (from >= length) {
                return;
            }
            lane.next = length;
            if (from == NOT_HEARD) {
                // An exec taken over from an earlier worker, and not one byte of this stream came again: the agent
                // frees
                // only what was acknowledged, so Kafka has all of it.
                return;
            }
            inFlight++;
        }
        send(stream, new Output.Gap(exec, stream, from, length), length);
    }

    /// Says again what is safe: for a handle that was not there yet.
    void acknowledgeAgain() {
        for (Stream stream : Stream.values()) {
            long upTo;
            synchronized (this) {
                upTo = lane(stream).safe;
            }
            if (upTo != NOT_HEARD) {
                acknowledge.acknowledge(stream, upTo);
            }
        }
    }

    synchronized long length(Stream stream) {
        return Math.max(0, lane(stream).next);
    }

    synchronized boolean overLimit() {
        return over;
    }

    private long heardInAll() {
        long all = 0;
        for (Lane lane : lanes.values()) {
            all += Math.max(0, lane.next);
        }
        return all;
    }

    private void look() {
        boolean done;
        synchronized (this) {
            done = complete && inFlight == 0;
        }
        if (done) {
            safe.complete(null);
        }
    }

    private Lane lane(Stream stream) {
        return Objects.requireNonNull(lanes.get(stream));
    }
}
