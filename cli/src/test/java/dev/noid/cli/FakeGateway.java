package dev.noid.cli;

import dev.noid.schema.Json;
import dev.noid.schema.api.Job;
import dev.noid.schema.api.Problem;
import dev.noid.schema.api.SignalAnswer;
import dev.noid.schema.api.StreamRequest;
import dev.noid.schema.job.ExecResult;
import dev.noid.schema.job.JobError;
import dev.noid.schema.job.JobKind;
import dev.noid.schema.job.JobState;
import io.javalin.Javalin;
import io.javalin.http.Context;
import io.javalin.http.NotFoundResponse;
import io.javalin.http.UnauthorizedResponse;
import io.javalin.websocket.WsConfig;
import io.javalin.websocket.WsContext;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// A gateway as bad as the test says, and a [FakeProcess] behind it. Speaks real HTTP and WebSocket.
public final class FakeGateway implements AutoCloseable {
    public static final String TOKEN = "noid_test";

    public final FakeProcess process = new FakeProcess();

    private final List<String> requests = new CopyOnWriteArrayList<>();
    private final List<String> keys = new CopyOnWriteArrayList<>();
    private final List<WsContext> sessions = new CopyOnWriteArrayList<>();
    private Javalin server;

    /// Of every request that had one.
    public final List<String> queries = new CopyOnWriteArrayList<>();

    public boolean refuseSignals;
    /// Refuses so many exec requests with 503, after having accepted them.
    public int busy;

    public List<String> answers = new ArrayList<>();

    /// What is said to `METHOD /path`, before anything else: the status, a space, and JSON.
    public final Map<String, String> said = new ConcurrentHashMap<>();

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
        if (ctx.queryString() != null) {
            queries.add(String.valueOf(ctx.queryString()));
        }
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

    // --- the stream

    private void stream(WsConfig socket) {
        socket.onConnect(ctx -> {
            sessions.add(ctx);
            long out = Long.parseLong(String.valueOf(ctx.queryParam("stdout")));
            long err = Long.parseLong(String.valueOf(ctx.queryParam("stderr")));
            Thread.ofVirtual().start(() -> process.serve(ctx, out, err));
        });
        socket.onBinaryMessage(ctx -> process.input(ctx, ctx.data()));
        socket.onMessage(ctx -> {
            if (Json.api().readValue(ctx.message(), StreamRequest.class) instanceof StreamRequest.Eof eof) {
                process.inputEnds(eof.offset());
            }
        });
        socket.onError(_ -> {});
    }

    // --- what the test does and sees

    private void signal(Context ctx) {
        if (refuseSignals) {
            problem(ctx, 409, "exec_not_running", "it does not run yet");
        } else {
            process.signalled("INT");
            reply(ctx, 200, write(new SignalAnswer("signal-1", true, null)));
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

    static Job job(JobState state, @Nullable ExecResult exec, @Nullable JobError error) {
        return new Job(
                "job-1",
                JobKind.EXEC,
                state,
                "made-up",
                "vm-1",
                1,
                List.of("cat"),
                null,
                null,
                null,
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

    public List<String> requests() {
        return requests;
    }

    public List<String> keys() {
        return keys;
    }

    @Override
    public void close() {
        sessions.forEach(ctx -> ctx.session.disconnect());
        server.stop();
    }
}
