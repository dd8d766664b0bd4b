package dev.noid.gateway.http;

import dev.noid.gateway.live.JobWatch;
import dev.noid.gateway.store.CheckpointRow;
import dev.noid.gateway.store.Database;
import dev.noid.gateway.store.JobRow;
import dev.noid.gateway.submit.Checkpointing;
import dev.noid.gateway.submit.Forked;
import dev.noid.gateway.submit.Forks;
import dev.noid.gateway.submit.Keeping;
import dev.noid.gateway.submit.Naming;
import dev.noid.gateway.submit.Refused;
import dev.noid.schema.Deadline;
import dev.noid.schema.api.Fork;
import dev.noid.schema.job.JobState;
import io.javalin.http.Context;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Checkpoints: what is below a VM, and `/checkpoints`.
public final class CheckpointRoutes {
    private final Database database;
    private final Checkpointing checkpointing;
    private final Forks forks;
    private final Keeping keeping;
    private final JobWatch watch;
    private final Replies replies;

    CheckpointRoutes(Database database, Api.Work work, JobWatch watch, Replies replies) {
        this.database = database;
        this.checkpointing = work.checkpointing();
        this.forks = work.forks();
        this.keeping = work.keeping();
        this.watch = watch;
        this.replies = replies;
    }

    List<Route> routes() {
        return List.of(
                new Route("GET", "/vms/{name}/checkpoints", Scope.READ, this::listOfVm),
                new Route("POST", "/vms/{name}/checkpoints", Scope.EXEC, this::create),
                new Route("POST", "/vms/{name}/checkpoints/prune", Scope.EXEC, this::prune),
                new Route("GET", "/vms/{name}/checkpoint-policy", Scope.READ, this::policy),
                new Route("PUT", "/vms/{name}/checkpoint-policy", Scope.EXEC, this::setPolicy),
                new Route("POST", "/vms/{name}/restore", Scope.EXEC, this::restore),
                new Route("POST", "/vms/{name}/fork", Scope.EXEC, this::fork),
                new Route("GET", "/checkpoints", Scope.READ, this::list),
                new Route("GET", "/checkpoints/usage", Scope.READ, this::usage),
                new Route("GET", "/checkpoints/{id}", Scope.READ, this::get),
                new Route("PATCH", "/checkpoints/{id}", Scope.EXEC, this::change),
                new Route("DELETE", "/checkpoints/{id}", Scope.EXEC, this::remove),
                // The same by `vm/label`.
                new Route("GET", "/checkpoints/{vm}/{label}", Scope.READ, this::get),
                new Route("PATCH", "/checkpoints/{vm}/{label}", Scope.EXEC, this::change),
                new Route("DELETE", "/checkpoints/{vm}/{label}", Scope.EXEC, this::remove));
    }

    private void list(Context ctx) {
        Parameters.only(ctx, "vm", "limit", "cursor");
        page(ctx, JobRoutes.vm(ctx.queryParam("vm")));
    }

    private void listOfVm(Context ctx) {
        Parameters.only(ctx, "limit", "cursor");
        String name = ctx.pathParam("name");
        page(
                ctx,
                database.read(tx -> tx.checkpoints().vmNamed(Auth.tenant(ctx), name))
                        .orElseThrow(() -> Refused.noVm(name)));
    }

    private void page(Context ctx, @Nullable String vm) {
        int limit = (int) Parameters.number(ctx, "limit", 50, 1, 200);
        String before = Cursor.decode(ctx.queryParam("cursor"));
        List<CheckpointRow> all = database.list(tx -> tx.checkpoints().list(Auth.tenant(ctx), vm, before, limit + 1));
        Replies.page(ctx, all, limit, CheckpointRow::view, CheckpointRow::id);
    }

    private void usage(Context ctx) {
        Parameters.only(ctx, "vm");
        String vm = JobRoutes.vm(ctx.queryParam("vm"));
        String tenant = Auth.tenant(ctx);
        Replies.json(ctx, 200, database.list(tx -> tx.checkpointSpace()
                .usage(
                        tenant,
                        vm == null ? null : tx.checkpoints().vmMeant(tenant, vm).orElseThrow(() -> Refused.noVm(vm)))));
    }

    private void get(Context ctx) {
        Parameters.only(ctx);
        CheckpointRow found = database.read(tx -> Naming.find(tx, Auth.tenant(ctx), named(ctx), null));
        Replies.json(ctx, 200, found.view());
    }

    private void change(Context ctx) throws IOException, InterruptedException {
        Parameters.only(ctx);
        var body = CheckpointBodies.change(Body.read(ctx).json());
        Replies.json(ctx, 200, keeping.change(Auth.tenant(ctx), named(ctx), body));
    }

    private void remove(Context ctx) {
        Parameters.only(ctx);
        Replies.json(ctx, 200, keeping.remove(Auth.tenant(ctx), named(ctx)));
    }

    private static String named(Context ctx) {
        var parts = ctx.pathParamMap();
        return parts.containsKey("id") ? ctx.pathParam("id") : ctx.pathParam("vm") + "/" + ctx.pathParam("label");
    }

    private void create(Context ctx) throws IOException, InterruptedException {
        Parameters.only(ctx);
        Body body = Body.read(ctx);
        var asked = Replies.asked(ctx, body);
        var wanted = CheckpointBodies.create(body.json());
        replies.submitted(ctx, asked.tenant(), checkpointing.create(asked, ctx.pathParam("name"), wanted));
    }

    private void restore(Context ctx) throws IOException, InterruptedException {
        Parameters.only(ctx);
        Body body = Body.read(ctx);
        var asked = Replies.asked(ctx, body);
        var wanted = CheckpointBodies.restore(body.json());
        replies.submitted(ctx, asked.tenant(), checkpointing.restore(asked, ctx.pathParam("name"), wanted));
    }

    private void policy(Context ctx) {
        Parameters.only(ctx);
        Replies.json(ctx, 200, keeping.policy(Auth.tenant(ctx), ctx.pathParam("name")));
    }

    private void setPolicy(Context ctx) throws IOException, InterruptedException {
        Parameters.only(ctx);
        var policy = CheckpointBodies.policy(Body.read(ctx).json());
        Replies.json(ctx, 200, keeping.policy(Auth.tenant(ctx), ctx.pathParam("name"), policy));
    }

    private void prune(Context ctx) throws IOException, InterruptedException {
        Parameters.only(ctx);
        Body body = Body.read(ctx);
        var wanted = CheckpointBodies.prune(body.json());
        Replies.json(ctx, 200, keeping.prune(Replies.asked(ctx, body), ctx.pathParam("name"), wanted));
    }

    /// Waits for all of them together, as long as `Prefer` says.
    private void fork(Context ctx) throws IOException, InterruptedException {
        Parameters.only(ctx);
        Body body = Body.read(ctx);
        var asked = Replies.asked(ctx, body);
        Forked forked = forks.fork(asked, ctx.pathParam("name"), CheckpointBodies.fork(body.json()));
        int wait = Parameters.preferredWait(ctx);
        if (wait > 0) {
            forked = ended(asked.tenant(), forked, Deadline.after(Duration.ofSeconds(wait)));
            ctx.header("Preference-Applied", "wait=" + wait);
        }
        Fork view = view(forked);
        boolean over =
                wait > 0 && view.succeeded() + view.failed() == view.items().size();
        if (!over) {
            ctx.header("Retry-After", "1");
        }
        Replies.json(ctx, over ? 200 : 202, view);
    }

    private Forked ended(String tenant, Forked forked, Deadline deadline) throws InterruptedException {
        List<Forked.Item> items = new ArrayList<>();
        forked.items().stream().map(Forked.Item::job).filter(Objects::nonNull).forEach(replies::awaited);
        for (Forked.Item item : forked.items()) {
            JobRow job = item.job();
            items.add(
                    job == null
                            ? item
                            : new Forked.Item(
                                    item.name(),
                                    watch.await(
                                                    tenant,
                                                    job.id(),
                                                    seen -> seen.state().terminal(),
                                                    deadline)
                                            .orElse(job),
                                    null));
        }
        return new Forked(forked.checkpoint(), items);
    }

    static Fork view(Forked forked) {
        int succeeded = 0;
        int failed = 0;
        List<Fork.Item> items = new ArrayList<>();
        for (Forked.Item item : forked.items()) {
            JobRow job = item.job();
            if (job == null || (job.state().terminal() && job.state() != JobState.SUCCEEDED)) {
                failed++;
            } else if (job.state().terminal()) {
                succeeded++;
            }
            items.add(new Fork.Item(item.name(), job == null ? null : job.view(), item.problem()));
        }
        return new Fork(forked.checkpoint(), items, succeeded, failed);
    }
}
