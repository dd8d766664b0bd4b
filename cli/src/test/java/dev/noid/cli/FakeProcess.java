package dev.noid.cli;

import dev.noid.schema.Json;
import dev.noid.schema.api.Job;
import dev.noid.schema.api.OutputLine;
import dev.noid.schema.job.ExecResult;
import dev.noid.schema.job.JobError;
import dev.noid.schema.job.JobState;
import dev.noid.schema.record.Stream;
import io.javalin.websocket.WsContext;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// The one process behind a [FakeGateway]: what it writes and reads, and how badly its stream does that.
public final class FakeProcess {
    private static final int WINDOW = 128 * 1024;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final ByteArrayOutputStream stdout = new ByteArrayOutputStream();
    private final ByteArrayOutputStream stderr = new ByteArrayOutputStream();
    private final ByteArrayOutputStream stdin = new ByteArrayOutputStream();
    private final List<String> violations = new CopyOnWriteArrayList<>();
    private int connections;
    private boolean stdinEnded;
    private @Nullable Job ended;
    private @Nullable String putBackTo;

    /// Ends each connection after so many bytes of output; 0 is never.
    public int dropAfter;
    /// Ends a connection in the middle of stdin, after so many bytes of it; 0 is never.
    public int dropAfterInput;
    /// Sends so many bytes before the offset asked for once more.
    public int overlap;
    /// Output that is not kept any more.
    public long gapFrom;

    public long gapTo;
    /// Writes stdin to stdout and ends with it.
    public boolean cat;

    // --- the stream

    /// Until the end of the process or of the connection.
    void serve(WsContext ctx, long fromOut, long fromErr) {
        long out = Math.max(0, fromOut - overlap);
        long err = Math.max(0, fromErr - overlap);
        long sent = 0;
        long acknowledged = -1;
        lock.lock();
        try {
            connections++;
            while (ctx.session.isOpen()) {
                if (acknowledged != stdin.size()) {
                    acknowledged = stdin.size();
                    ctx.send(write(new OutputLine.InputAck(acknowledged, acknowledged + WINDOW, false)));
                }
                if (gapTo > out && gapFrom <= out) {
                    ctx.send(write(new OutputLine.Gap(Stream.STDOUT, out, gapTo)));
                    out = gapTo;
                }
                int count = (int) Math.min(20_000, (out < gapFrom ? gapFrom : stdout.size()) - out);
                int errCount = (int) Math.min(20_000, stderr.size() - err);
                if (dropAfter > 0 && sent > dropAfter) {
                    ctx.session.disconnect();
                    return;
                }
                if (count > 0) {
                    ctx.send(chunk(1, out, stdout, count));
                    out += count;
                    sent += count;
                } else if (errCount > 0) {
                    ctx.send(chunk(2, err, stderr, errCount));
                    err += errCount;
                } else if (ended != null) {
                    if (putBackTo != null) {
                        ctx.send(write(new OutputLine.Restored(putBackTo)));
                    }
                    ctx.send(write(new OutputLine.Ended(ended)));
                    ctx.closeSession(1000, "ended");
                    return;
                } else if (!changed.await(20, TimeUnit.SECONDS)) {
                    return;
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) {
            ctx.session.disconnect(); // the client left
        } finally {
            lock.unlock();
        }
    }

    private static ByteBuffer chunk(int stream, long offset, ByteArrayOutputStream bytes, int count) {
        return ByteBuffer.allocate(9 + count)
                .put((byte) stream)
                .putLong(offset)
                .put(bytes.toByteArray(), (int) offset, count)
                .flip();
    }

    void input(WsContext ctx, ByteBuffer message) {
        lock.lock();
        try {
            int stream = message.get();
            long offset = message.getLong();
            int length = message.remaining();
            long have = stdin.size();
            if (stream != 0 || length > 32 * 1024 || offset > have || offset + length > have + WINDOW) {
                violations.add(stream + " " + offset + "+" + length + " at " + have);
                return;
            }
            if (offset + length <= have) {
                return;
            }
            message.position(message.position() + (int) (have - offset));
            byte[] fresh = new byte[message.remaining()];
            message.get(fresh);
            stdin.writeBytes(fresh);
            if (cat) {
                stdout.writeBytes(fresh);
            }
            if (dropAfterInput > 0 && stdin.size() / dropAfterInput > have / dropAfterInput) {
                ctx.session.disconnect();
            }
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    void inputEnds(long offset) {
        lock.lock();
        try {
            if (offset != stdin.size()) {
                violations.add("end at " + offset + ", have " + stdin.size());
            }
            stdinEnded = true;
            if (cat) {
                finish(JobState.SUCCEEDED, 0, null);
            }
        } finally {
            lock.unlock();
        }
    }

    private static String write(OutputLine line) {
        return Json.api().writerFor(OutputLine.class).writeValueAsString(line);
    }

    // --- what the test does and sees

    public void print(byte[] bytes) {
        lock.lock();
        try {
            stdout.writeBytes(bytes);
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    public void printError(byte[] bytes) {
        lock.lock();
        try {
            stderr.writeBytes(bytes);
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    public void exit(int code) {
        finish(code == 0 ? JobState.SUCCEEDED : JobState.FAILED, code, null);
    }

    /// The VM was put back to a checkpoint while it ran.
    public void putBack(String checkpoint) {
        putBackTo = checkpoint;
        finish(JobState.CANCELLED, null, null);
    }

    void signalled(String name) {
        finish(JobState.FAILED, null, name);
    }

    private void finish(JobState state, @Nullable Integer code, @Nullable String signal) {
        lock.lock();
        try {
            ended = FakeGateway.job(
                    state,
                    new ExecResult(code, signal, stdout.size(), stderr.size(), 0, 0, 1),
                    state == JobState.SUCCEEDED
                            ? null
                            : JobError.user(signal == null ? "exit_code" : "exit_signal", "ended", null));
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    public void awaitConnection() throws InterruptedException {
        lock.lock();
        try {
            long left = TimeUnit.SECONDS.toNanos(20);
            while (connections == 0) {
                // Said with the first acknowledgement; nothing signals it, so it is looked at again.
                changed.await(10, TimeUnit.MILLISECONDS);
                left -= TimeUnit.MILLISECONDS.toNanos(10);
                if (left < 0) {
                    throw new AssertionError("nobody connects");
                }
            }
        } finally {
            lock.unlock();
        }
    }

    public int connections() {
        lock.lock();
        try {
            return connections;
        } finally {
            lock.unlock();
        }
    }

    public boolean stdinEnded() {
        lock.lock();
        try {
            return stdinEnded;
        } finally {
            lock.unlock();
        }
    }

    public List<String> violations() {
        return violations;
    }
}
