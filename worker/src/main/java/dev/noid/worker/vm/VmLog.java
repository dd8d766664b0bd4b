package dev.noid.worker.vm;

import dev.noid.schema.ExecId;
import dev.noid.schema.record.Output;
import dev.noid.schema.record.Stream;
import dev.noid.worker.guest.LogListener;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What processes write that belong to no job any more, because they ran in the VM that was saved. Goes to
/// where output goes, under the VM and its generation. Nobody asked for it and nobody waits for it, so it
/// gets little room and a slow pace; what is too much is left out, which its readers see as a gap.
final class VmLog implements LogListener {
    private static final Logger log = LoggerFactory.getLogger(VmLog.class);

    /// One record.
    private static final int PIECE = 64 << 10;

    /// Bytes that may wait.
    private static final int PENDING = 4 * PIECE;

    private final Path file;
    private final long generation;
    private final String vm;
    private final VmLogs.Way way;
    private final int partition;
    private final Duration pace;
    private final ExecId address;

    /// Offset of the byte that is heard next.
    private final Map<Stream, Long> next = new EnumMap<>(Stream.class);

    /// A few at most: what comes joins the last of its stream.
    private final List<Output.Chunk> pending = new ArrayList<>();
    private int pendingBytes;
    private boolean sending;
    private boolean closed;

    /// @param home where the offsets are kept, for the next worker
    /// @param pace between two records
    VmLog(Path home, VmRecord record, VmLogs.Way way, Duration pace) {
        this.file = home.resolve("log-offsets");
        this.generation = record.generation();
        this.vm = record.vm();
        this.way = way;
        this.partition = record.partition();
        this.pace = pace;
        this.address = Output.log(vm, generation);
        long[] before = remembered();
        next.put(Stream.STDOUT, before[0]);
        next.put(Stream.STDERR, before[1]);
    }

    @Override
    public void log(ExecId exec, Stream stream, byte[] bytes) {
        synchronized (this) {
            if (closed) {
                return;
            }
            long from = offset(stream);
            next.put(stream, from + bytes.length);
            if (pendingBytes + bytes.length > PENDING) {
                return;
            }
            pendingBytes += bytes.length;
            add(stream, from, bytes);
            if (sending) {
                return;
            }
            sending = true;
        }
        Thread.ofVirtual().name("log-" + vm).start(this::send);
    }

    /// Also past what came of the other stream: lines that alternate would each be a record otherwise.
    private void add(Stream stream, long from, byte[] bytes) {
        for (int i = pending.size() - 1; i >= 0; i--) {
            Output.Chunk last = pending.get(i);
            if (last.stream() == stream) {
                if (fits(last, from, bytes.length)) {
                    pending.set(i, new Output.Chunk(address, stream, last.offset(), joined(last.bytes(), bytes)));
                    return;
                }
                break;
            }
        }
        pending.add(new Output.Chunk(address, stream, from, bytes));
    }

    private static boolean fits(Output.Chunk last, long from, int more) {
        int length = last.bytes().length;
        return last.offset() + length == from && length + more <= PIECE;
    }

    private static byte[] joined(byte[] one, byte[] other) {
        byte[] both = Arrays.copyOf(one, one.length + other.length);
        System.arraycopy(other, 0, both, one.length, other.length);
        return both;
    }

    private void send() {
        try {
            for (Output.Chunk chunk = taken(); chunk != null; chunk = taken()) {
                way.publish(partition, chunk, () -> {});
                if (!ended()) {
                    Thread.sleep(pace);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) {
            log.warn("vm log not sent vm={} error=\"{}\"", vm, e.getMessage());
            synchronized (this) {
                sending = false;
            }
        }
    }

    private Output.@Nullable Chunk taken() {
        synchronized (this) {
            if (pending.isEmpty()) {
                sending = false;
                return null;
            }
            Output.Chunk chunk = pending.removeFirst();
            pendingBytes -= chunk.bytes().length;
            if (!closed) {
                remember();
            }
            return chunk;
        }
    }

    /// Hears nothing more, and never touches its directory again: that may be removed, or another generation's. What
    /// was heard is still sent, once.
    synchronized void close() {
        if (!closed && !pending.isEmpty()) {
            remember();
        }
        closed = true;
    }

    /// What is left then is little, and who follows the log waits for it.
    private synchronized boolean ended() {
        return closed;
    }

    private long offset(Stream stream) {
        return Objects.requireNonNull(next.get(stream));
    }

    /// Before what is sent is sent: a worker that comes after must not begin below it.
    private void remember() {
        String line = generation + " " + offset(Stream.STDOUT) + " " + offset(Stream.STDERR);
        Path fresh = file.resolveSibling(file.getFileName() + ".new");
        try {
            Files.writeString(fresh, line);
            Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            log.warn("vm log's offsets not kept vm={} error=\"{}\"", vm, e.getMessage());
        }
    }

    private long[] remembered() {
        try {
            String[] words = Files.readString(file).strip().split(" ", -1);
            if (words.length == 3 && Long.parseLong(words[0]) == generation) {
                return new long[] {Long.parseLong(words[1]), Long.parseLong(words[2])};
            }
        } catch (IOException | NumberFormatException e) {
            // None yet, of this generation.
        }
        return new long[2];
    }
}
