package dev.noid.gateway.http;

import dev.noid.gateway.live.ExecResults;
import dev.noid.gateway.live.JobWatch;
import dev.noid.gateway.store.JobRow;
import dev.noid.gateway.submit.Asked;
import dev.noid.schema.Deadline;
import dev.noid.schema.Json;
import dev.noid.schema.api.Job;
import dev.noid.schema.api.Page;
import dev.noid.schema.job.JobKind;
import dev.noid.schema.job.JobSpec;
import dev.noid.schema.job.JobState;
import io.javalin.http.Context;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/// The forms replies have.
final class Replies {
    private static final JsonMapper MAPPER = Json.api();

    private final JobWatch watch;
    private final ExecResults results;

    Replies(JobWatch watch, ExecResults results) {
        this.watch = watch;
        this.results = results;
    }

    static void json(Context ctx, int status, Object body) {
        ctx.status(status).contentType("application/json").result(MAPPER.writeValueAsBytes(body));
    }

    /// One page of at most `limit` of these, which are one more than that when there is a next page.
    static <R, T> void page(Context ctx, List<R> rows, int limit, Function<R, T> view, Function<R, String> key) {
        page(ctx, rows, limit, view, key, null);
    }

    /// @param further where the next page begins although this one is not full; null when there is none then
    static <R, T> void page(
            Context ctx,
            List<R> rows,
            int limit,
            Function<R, T> view,
            Function<R, String> key,
            @Nullable String further) {
        boolean more = rows.size() > limit;
        List<R> shown = more ? rows.subList(0, limit) : rows;
        String cursor = more ? key.apply(shown.getLast()) : further;
        json(ctx, 200, new Page<>(shown.stream().map(view).toList(), cursor == null ? null : Cursor.encode(cursor)));
    }

    /// A job that was asked for. Without `Prefer: wait` that is all that is said, also when the request is a repeated
    /// one and its job has ended meanwhile: the same request gets the same kind of reply.
    void submitted(Context ctx, String tenant, JobRow submitted) throws InterruptedException {
        if (Parameters.preferredWait(ctx) == 0) {
            accepted(ctx, submitted);
        } else {
            awaited(submitted);
            job(ctx, tenant, submitted);
        }
    }

    /// Who waits for a VM to run wants something to run in it.
    void awaited(JobRow row) {
        results.soon(row.partition());
    }

    static void accepted(Context ctx, JobRow row) {
        ctx.header("Location", "/jobs/" + row.id());
        ctx.header("Retry-After", "1");
        json(ctx, 202, row.view());
    }

    /// A job: waits as `Prefer` says, then says where it is.
    void job(Context ctx, String tenant, JobRow submitted) throws InterruptedException {
        int wait = Parameters.preferredWait(ctx);
        JobRow row = submitted;
        if (wait > 0 && !row.state().terminal()) {
            row = watch.await(
                            tenant, row.id(), seen -> seen.state().terminal(), Deadline.after(Duration.ofSeconds(wait)))
                    .orElse(row);
        }
        job(ctx, row, row.view(), wait);
    }

    void job(Context ctx, JobRow row, Job body, int waited) {
        if (waited > 0) {
            ctx.header("Preference-Applied", "wait=" + waited);
        }
        if (!row.state().terminal()) {
            accepted(ctx, row);
        } else if (row.spec().kind() == JobKind.CREATE && row.state() == JobState.SUCCEEDED) {
            ctx.header("Location", "/vms/" + row.vm());
            json(ctx, 201, body);
        } else if (row.spec() instanceof JobSpec.Checkpoint made && row.state() == JobState.SUCCEEDED) {
            ctx.header("Location", "/checkpoints/" + made.checkpoint());
            json(ctx, 201, body);
        } else {
            ctx.header("Location", "/jobs/" + row.id());
            json(ctx, 200, body);
        }
    }

    static Asked asked(Context ctx, Body body) {
        return new Asked(
                Auth.tenant(ctx),
                Parameters.idempotencyKey(ctx),
                fingerprint(ctx.method().name(), ctx.path(), body.bytes()));
    }

    /// For a request without a body and without a key's use (DELETE).
    static Asked asked(Context ctx) {
        return new Asked(Auth.tenant(ctx), null, fingerprint(ctx.method().name(), ctx.path(), new byte[0]));
    }

    static byte[] fingerprint(String method, String path, byte[] body) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update((method + " " + path + "\n").getBytes(StandardCharsets.UTF_8));
            return digest.digest(body);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
