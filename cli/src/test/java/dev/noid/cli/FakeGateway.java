package dev.noid.cli;

import dev.noid.schema.Json;
import dev.noid.schema.api.Job;
import dev.noid.schema.api.OutputLine;
import dev.noid.schema.api.Problem;
import dev.noid.schema.api.StreamRequest;
import dev.noid.schema.job.ExecResult;
import dev.noid.schema.job.JobError;
import dev.noid.schema.job.JobKind;
import dev.noid.schema.job.JobState;
import dev.noid.schema.record.Stream;
import io.javalin.Javalin;
import io.javalin.http.Context;
import io.javalin.http.NotFoundResponse;
import io.javalin.http.UnauthorizedResponse;
import io.javalin.websocket.WsConfig;
import io.javalin.websocket.WsContext;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// A gateway and one process behind it, both as bad as the test says. Speaks real HTTP and WebSocket.
public final class FakeGateway implements AutoCloseable {
    public static final String TOKEN = "noid_test";
    private static final int WINDOW = 128 * 1024;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final ByteArrayOutputStream stdout = new ByteArrayOutputStream();
    private final ByteArrayOutputStream stderr = new ByteArrayOutputStream();
    private final ByteArrayOutputStream stdin = new ByteArrayOutputStream();
    private final List<String> requests = new CopyOnWriteArrayList<>();
    private final List<String> keys = new CopyOnWriteArrayList<>();
    private final List<String> violations = new CopyOnWriteArrayList<>();
    private final List<WsContext> sessions = new CopyOnWriteArrayList<>();
    private Javalin server;
    private int connections;
    private boolean stdinEnded;
    private @Nullable Job ended;

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
    public boolean refuseSignals;
    /// Refuses so many exec requests with 503, after having accepted them.
    public int busy;

    public List<String> answers = new ArrayList<>();

    /// What is said to `METHOD /path`, before anything else: the status, a space, and JSON.
    public final Map<String, String> said = new ConcurrentHashMap<>();

    /// Ends the stream saying that the VM was put back to this.
    public @Nullable String putBackTo;

    public FakeGateway() {
        server = start(0);
    }

    private Javalin start(int port) {
        return Javalin.create(config -> {
                    config.startup.showJavalinBanner = false;
                    config.routes.before(this::before);
                    config.routes.get(
                            "/vms", ctx -> reply(ctx, 200, answers.isEmpty() ? "{\"items\":[]}" : answers.getFirst()));
                    config.routes.get(
                            "/vms/{name}", ctx -> problem(ctx, 404, "vm_not_found", "no VM " + ctx.pathParam("name")));
                    config.routes.delete(
                            "/vms/{name}", ctx -> reply(ctx, 202, write(job(JobState.QUEUED, null, null))));
                    config.routes.post("/vms", ctx -> reply(ctx, 202, write(job(JobState.QUEUED, null, null))));
                    config.routes.post("/vms/{name}/exec", this::exec);
                    config.routes.post("/jobs/{id}/signal", this::signal);
                    config.routes.post(
                            "/jobs/{id}/cancel", ctx -> reply(ctx, 200, write(job(JobState.CANCELLING, null, null))));
                    config.routes.get(
                            "/jobs/{id}", ctx -> problem(ctx, 404, "job_not_found", "no job " + ctx.pathParam("id")));
                    config.routes.wsBeforeUpgrade("/jobs/{id}/stream", FakeGateway::mayStream);
                    config.routes.ws("/jobs/{id}/stream", this::stream);
                })
                .start("127.0.0.1", port);
    }

    private void before(Context ctx) {
        requests.add(ctx.method() + " " + ctx.path() + " " + ctx.body());
        if (!("Bearer " + TOKEN).equals(ctx.header("Authorization"))) {
            problem(ctx, 401, "unauthorized", "no good token");
            ctx.skipRemainingHandlers();
            return;
        }
        String words = said.get(ctx.method() + " " + ctx.path());
        if (words != null) {
            reply(ctx, Integer.parseInt(words.substring(0, 3)), words.substring(4));
            ctx.skipRemainingHandlers();
        }
    }

    private static void mayStream(Context ctx) {
        if (!("Bearer " + TOKEN).equals(ctx.header("Authorization"))) {
            throw new UnauthorizedResponse();
        }
        if (ctx.pathParam("id").equals("gone")) {
            throw new NotFoundResponse();
        }
    }

    private void exec(Context ctx) {
        keys.add(String.valueOf(ctx.header("Idempotency-Key")));
        if (busy > 0) {
            busy--;
            problem(ctx, 503, "database_unavailable", "away");
        } else {
            reply(ctx, 202, write(job(JobState.QUEUED, null, null)));
        }
    }

    private static void problem(Context ctx, int status, String code, String detail) {
        reply(ctx, status, write(Problem.of(status, code, code, detail, "a hint")));
    }

    private static void reply(Context ctx, int status, String json) {
        ctx.status(status).contentType("application/json").result(json);
    }

    private static String write(Object body) {
        return Json.api().writeValueAsString(body);
    }

    private static String write(OutputLine line) {
        return Json.api().writerFor(OutputLine.class).writeValueAsString(line);
    }

    // --- the stream

    private void stream(WsConfig socket) {
        socket.onConnect(ctx -> {
            sessions.add(ctx);
            long out = Long.parseLong(String.valueOf(ctx.queryParam("stdout")));
            long err = Long.parseLong(String.valueOf(ctx.queryParam("stderr")));
            Thread.ofVirtual().start(() -> serve(ctx, Math.max(0, out - overlap), Math.max(0, err - overlap)));
        });
        socket.onBinaryMessage(ctx -> input(ctx, ctx.data()));
        socket.onMessage(ctx -> {
            if (Json.api().readValue(ctx.message(), StreamRequest.class) instanceof StreamRequest.Eof eof) {
                inputEnds(eof.offset());
            }
        });
        socket.onError(_ -> {});
    }

    private void serve(WsContext ctx, long fromOut, long fromErr) {
        long out = fromOut;
        long err = fromErr;
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

    private void input(WsContext ctx, ByteBuffer message) {
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

    private void inputEnds(long offset) {
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

    private void signal(Context ctx) {
        if (refuseSignals) {
            problem(ctx, 409, "job_not_running", "it does not run yet");
        } else {
            finish(JobState.FAILED, null, "INT");
        }
    }

    private void finish(JobState state, @Nullable Integer code, @Nullable String signal) {
        lock.lock();
        try {
            ended = job(
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

    /// Everything is gone for a while, and then back on the same port.
    public void restart(Duration away) throws InterruptedException {
        int port = server.port();
        // As kill -9 would: nobody says goodbye.
        sessions.forEach(ctx -> ctx.session.disconnect());
        server.stop();
        TimeUnit.MILLISECONDS.sleep(away.toMillis());
        server = start(port);
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

    private static Job job(JobState state, @Nullable ExecResult exec, @Nullable JobError error) {
        return new Job(
                "job-1",
                JobKind.EXEC,
                state,
                "made-up",
                "vm-1",
                1,
                List.of("cat"),
                null,
                Instant.EPOCH,
                null,
                null,
                null,
                exec,
                null,
                error,
                null,
                null);
    }

    public String url() {
        return "http://127.0.0.1:" + server.port();
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

    public List<String> requests() {
        return requests;
    }

    public List<String> keys() {
        return keys;
    }

    public List<String> violations() {
        return violations;
    }

    @Override
    public void close() {
        sessions.forEach(ctx -> ctx.session.disconnect());
        server.stop();
    }
}
