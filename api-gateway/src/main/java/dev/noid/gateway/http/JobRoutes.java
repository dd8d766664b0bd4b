package dev.noid.gateway.http;

import dev.noid.gateway.live.JobWatch;
import dev.noid.gateway.store.Database;
import dev.noid.gateway.store.JobRow;
import dev.noid.gateway.store.Jobs;
import dev.noid.gateway.store.LabelFilter;
import dev.noid.gateway.submit.Cancels;
import dev.noid.gateway.submit.Refused;
import dev.noid.gateway.submit.Signals;
import dev.noid.schema.Deadline;
import dev.noid.schema.job.JobState;
import io.javalin.http.Context;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// `/jobs` and below, but not their output.
public final class JobRoutes {
    private static final Pattern NAME_OR_ID = Pattern.compile("[a-z0-9-]{1,100}");

    private final Database database;
    private final JobWatch watch;
    private final Cancels cancels;
    private final Signals signals;
    private final Replies replies;

    JobRoutes(Database database, JobWatch watch, Cancels cancels, Signals signals, Replies replies) {
        this.database = database;
        this.watch = watch;
        this.cancels = cancels;
        this.signals = signals;
        this.replies = replies;
    }

    List<Route> routes() {
        return List.of(
                new Route("GET", "/jobs", Scope.READ, this::list),
                new Route("GET", "/jobs/{id}", Scope.READ, this::get),
                new Route("POST", "/jobs/{id}/cancel", Scope.EXEC, this::cancel),
                new Route("POST", "/jobs/{id}/signal", Scope.EXEC, this::signal));
    }

    private void list(Context ctx) {
        Parameters.only(ctx, "limit", "cursor", "vm", "state", "label");
        int limit = (int) Parameters.number(ctx, "limit", 50, 1, 200);
        Long before = Cursor.number(ctx.queryParam("cursor"));
        JobState state = state(ctx.queryParam("state"));
        String vm = vm(ctx.queryParam("vm"));
        LabelFilter labels = LabelParameters.wanted(ctx.queryParams("label"));
        Found found = database.list(tx -> found(tx.jobs(), Auth.tenant(ctx), vm, state, labels, before, limit));
        Replies.page(
                ctx,
                found.jobs(),
                limit,
                listed -> listed.row().view(),
                listed -> Long.toString(listed.seq()),
                found.walkedTo() == null ? null : found.walkedTo().toString());
    }

    /// @param walkedTo where the next page begins although this one is not full
    private record Found(List<Jobs.Listed> jobs, @Nullable Long walkedTo) {}

    private static Found found(
            Jobs jobs,
            String tenant,
            @Nullable String vm,
            @Nullable JobState state,
            LabelFilter labels,
            @Nullable Long before,
            int limit) {
        LabelFilter sorted = jobs.rarestFirst(tenant, labels);
        List<Jobs.Listed> found = jobs.list(tenant, vm, state, sorted, before, limit + 1);
        return new Found(found, found.size() > limit ? null : jobs.walkedTo(tenant, vm, state, sorted, before));
    }

    private void get(Context ctx) throws InterruptedException {
        Parameters.only(ctx, "wait");
        long wait = Parameters.number(ctx, "wait", 0, 0, 60);
        String id = ctx.pathParam("id");
        JobRow job = watch.await(
                        Auth.tenant(ctx), id, row -> row.state().terminal(), Deadline.after(Duration.ofSeconds(wait)))
                .orElseThrow(() -> Refused.noJob(id));
        Replies.json(ctx, 200, job.view());
    }

    private void cancel(Context ctx) throws IOException, InterruptedException {
        Parameters.only(ctx);
        Body body = Body.read(ctx);
        Bodies.none(body.json());
        var asked = Replies.asked(ctx, body);
        replies.job(ctx, asked.tenant(), cancels.cancel(asked, ctx.pathParam("id")));
    }

    private void signal(Context ctx) throws IOException, InterruptedException {
        Parameters.only(ctx);
        Body body = Body.read(ctx);
        int number = Bodies.signal(body.json());
        Replies.json(ctx, 200, signals.send(Replies.asked(ctx, body), ctx.pathParam("id"), number));
    }

    /// What could be neither a name nor an id is a mistake; some of it (a NUL) the database does not even take.
    static @Nullable String vm(@Nullable String text) {
        if (text != null && !NAME_OR_ID.matcher(text).matches()) {
            throw Parameters.bad("vm", "must be the name or the id of a VM");
        }
        return text;
    }

    private static @Nullable JobState state(@Nullable String text) {
        if (text == null) {
            return null;
        }
        return Arrays.stream(JobState.values())
                .filter(state -> state.toString().equals(text))
                .findFirst()
                .orElseThrow(() -> Parameters.bad(
                        "state", "is '" + text + "', but must be one of " + Arrays.toString(JobState.values())));
    }
}
