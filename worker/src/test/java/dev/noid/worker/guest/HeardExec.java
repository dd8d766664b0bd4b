package dev.noid.worker.guest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.noid.schema.record.Stream;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/// Writes down what is heard of one exec, joins its output by offset and acknowledges it.
public final class HeardExec implements ExecListener {
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private final Map<Stream, ByteArrayOutputStream> output = new EnumMap<>(Stream.class);
    private final AtomicReference<@Nullable GuestExec> exec = new AtomicReference<>();
    public final CompletableFuture<Long> started = new CompletableFuture<>();
    public final CompletableFuture<GuestExit> ended = new CompletableFuture<>();
    public final CompletableFuture<String> refused = new CompletableFuture<>();
    public final CompletableFuture<Void> gone = new CompletableFuture<>();
    public final List<String> signalled = new ArrayList<>();
    private long acknowledged;
    private long granted;
    private boolean closed;

    /// Continues another one's output.
    public HeardExec after(HeardExec earlier) {
        synchronized (earlier) {
            earlier.output.forEach((stream, bytes) -> joined(stream).writeBytes(bytes.toByteArray()));
        }
        return this;
    }

    public HeardExec of(GuestExec guestExec) {
        exec.set(guestExec);
        return this;
    }

    @Override
    public void started(long pid) {
        started.complete(pid);
    }

    @Override
    public synchronized void output(Stream stream, long offset, byte[] bytes) {
        ByteArrayOutputStream all = joined(stream);
        long known = all.size() - offset;
        assertThat(known).as("output has no holes").isNotNegative();
        if (known < bytes.length) {
            all.write(bytes, (int) known, bytes.length - (int) known);
        }
        GuestExec to = exec.get();
        if (to != null) {
            to.acknowledge(stream, all.size());
        }
        notifyAll();
    }

    private ByteArrayOutputStream joined(Stream stream) {
        return output.computeIfAbsent(stream, _ -> new ByteArrayOutputStream());
    }

    @Override
    public synchronized void inputAcknowledged(long theirs, long grant, boolean closedByProcess) {
        acknowledged = theirs;
        granted = grant;
        closed = closedByProcess;
        notifyAll();
    }

    @Override
    public synchronized void signalled(int number, int errno) {
        signalled.add(number + ":" + errno);
        notifyAll();
    }

    @Override
    public void ended(GuestExit exit) {
        ended.complete(exit);
    }

    @Override
    public void refused(Refusal why, String detail) {
        refused.complete(why + " " + detail);
    }

    @Override
    public void gone() {
        gone.complete(null);
    }

    public GuestExit exit() throws Exception {
        return ended.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }

    public int exitCode() throws Exception {
        GuestExit exit = exit();
        assertThat(exit).isInstanceOf(GuestExit.Exited.class);
        return ((GuestExit.Exited) exit).code();
    }

    public synchronized String stdout() {
        return joined(Stream.STDOUT).toString(StandardCharsets.UTF_8);
    }

    public synchronized String stderr() {
        return joined(Stream.STDERR).toString(StandardCharsets.UTF_8);
    }

    public synchronized byte[] stdoutBytes() {
        return joined(Stream.STDOUT).toByteArray();
    }

    public synchronized long acknowledged() {
        return acknowledged;
    }

    public synchronized long granted() {
        return granted;
    }

    public synchronized boolean closed() {
        return closed;
    }
}
