package dev.noid.gateway.http;

import dev.noid.gateway.live.Capture;
import dev.noid.gateway.live.ExecResults;
import dev.noid.gateway.live.Follow;
import dev.noid.gateway.live.OutputReader;
import dev.noid.gateway.live.TooManyReaders;
import dev.noid.gateway.store.Database;
import dev.noid.gateway.store.JobRow;
import dev.noid.gateway.store.LabelFilter;
import dev.noid.gateway.submit.Created;
import dev.noid.gateway.submit.Creates;
import dev.noid.gateway.submit.Execs;
import dev.noid.gateway.submit.Lifecycles;
import dev.noid.gateway.submit.Refused;
import dev.noid.gateway.submit.VmChanges;
import dev.noid.schema.Deadline;
import dev.noid.schema.api.CreateVm;
import dev.noid.schema.api.Job;
import dev.noid.schema.api.Vm;
import io.javalin.http.Context;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/// `/vms` and below.
public final class VmRoutes {
    /// Most execs are short. One that takes longer, or whose end gets lost, is looked for in its row.
    private static final Duration ANSWERS_SOON = Duration.ofSeconds(1);

    private final Database database;
    private final Creates creates;
    private final Lifecycles lifecycles;
    private final VmChanges changes;
    private final Execs execs;
    private final ExecResults results;
    private final OutputReader outputs;
    private final Replies replies;

    VmRoutes(Database database, Api.Work work, ExecResults results, OutputReader outputs, Replies replies) {
        this.database = database;
        this.creates = work.creates();
        this.lifecycles = work.lifecycles();
        this.changes = work.changes();
        this.execs = work.execs();
        this.results = results;
        this.outputs = outputs;
        this.replies = replies;
    }

    List<Route> routes() {
        return List.of(
                new Route("GET", "/vms", Scope.READ, this::list),
                new Route("POST", "/vms", Scope.EXEC, this::create),
                new Route("GET", "/vms/{name}", Scope.READ, this::get),
                new Route("PATCH", "/vms/{name}", Scope.EXEC, this::change),
                new Route("DELETE", "/vms/{name}", Scope.EXEC, this::destroy),
                new Route("POST", "/vms/{name}/exec", Scope.EXEC, this::exec),
                new Route("POST", "/vms/{name}/start", Scope.EXEC, this::start),
                new Route("POST", "/vms/{name}/stop", Scope.EXEC, this::stop));
    }

    private void list(Context ctx) {
        Parameters.only(ctx, "limit", "cursor", "label");
        int limit = (int) Parameters.number(ctx, "limit", 50, 1, 200);
        String after = Cursor.decode(ctx.queryParam("cursor"));
        LabelFilter labels = LabelParameters.wanted(ctx.queryParams("label"));
        List<Vm> vms = database.list(tx -> tx.vms().list(Auth.tenant(ctx), labels, after, limit + 1));
        Replies.page(ctx, vms, limit, Function.identity(), Vm::id);
    }

    private void get(Context ctx) {
        Parameters.only(ctx);
        String name = ctx.pathParam("name");
        Vm vm = database.read(tx -> tx.vms().find(Auth.tenant(ctx), name)).orElseThrow(() -> Refused.noVm(name));
        Replies.json(ctx, 200, vm);
    }

    private void create(Context ctx) throws IOException, InterruptedException {
        Parameters.only(ctx);
        Body body = Body.read(ctx);
        var asked = Replies.asked(ctx, body);
        CreateVm wanted = Bodies.create(body.json());
        Created created = wanted.name() != null && Boolean.TRUE.equals(wanted.ifMissing())
                ? creates.ifMissing(asked, wanted.name(), wanted)
                : new Created.ByJob(creates.create(asked, wanted));
        switch (created) {
            case Created.ByJob(JobRow job) -> replies.submitted(ctx, asked.tenant(), job);
            case Created.Before(Vm vm) -> {
                ctx.header("Location", "/vms/" + vm.name());
                Replies.json(ctx, 200, vm);
            }
        }
    }

    private void change(Context ctx) throws IOException, InterruptedException {
        Parameters.only(ctx);
        var body = VmBodies.change(Body.read(ctx).json());
        Replies.json(ctx, 200, changes.change(Auth.tenant(ctx), ctx.pathParam("name"), body));
    }

    private void destroy(Context ctx) throws InterruptedException {
        Parameters.only(ctx, "checkpoints");
        boolean checkpoints = Parameters.flag(ctx, "checkpoints");
        var asked = Replies.asked(ctx);
        replies.job(ctx, asked.tenant(), lifecycles.destroy(asked, ctx.pathParam("name"), checkpoints));
    }

    private void start(Context ctx) throws IOException, InterruptedException {
        Parameters.only(ctx);
        Body body = Body.read(ctx);
        Bodies.none(body.json());
        var asked = Replies.asked(ctx, body);
        replies.submitted(ctx, asked.tenant(), lifecycles.start(asked, ctx.pathParam("name")));
    }

    private void stop(Context ctx) throws IOException, InterruptedException {
        Parameters.only(ctx);
        Body body = Body.read(ctx);
        var asked = Replies.asked(ctx, body);
        replies.submitted(ctx, asked.tenant(), lifecycles.stop(asked, ctx.pathParam("name"), Bodies.stop(body.json())));
    }

    private void exec(Context ctx) throws IOException, InterruptedException {
        Parameters.only(ctx);
        Body body = Body.read(ctx);
        var asked = Replies.asked(ctx, body);
        var exec = Bodies.exec(body.json());
        int wait = Parameters.preferredWait(ctx);
        if (wait == 0) {
            Replies.accepted(ctx, execs.exec(asked, ctx.pathParam("name"), exec, _ -> {}));
            return;
        }
        Deadline deadline = Deadline.after(Duration.ofSeconds(wait));
        JobRow submitted;
        try (ExecResults.Awaited awaited = results.awaited()) {
            submitted = execs.exec(asked, ctx.pathParam("name"), exec, awaited::expect);
            Optional<ExecResults.Result> result =
                    awaited.await(deadline.atMost(ANSWERS_SOON).left());
            if (result.isPresent()) {
                reply(ctx, result.get().row(), result.get().capture(), wait);
                return;
            }
        }
        // It runs for longer, or its end was not heard of: read while it runs, so that the last byte is here when the
        // exit code is.
        Capture capture = new Capture();
        JobRow row;
        try {
            row = outputs.follow(
                            asked.tenant(),
                            submitted,
                            new Follow(Auth.token(ctx), 0, 0, Capture.MOST, true, deadline),
                            capture)
                    .row();
        } catch (TooManyReaders _) {
            // The job is not affected: its output can be read later.
            row = submitted;
        }
        reply(ctx, row, capture, wait);
    }

    private void reply(Context ctx, JobRow row, Capture capture, int wait) {
        Job view = row.view();
        if (row.state().terminal() && view.exec() != null) {
            view = view.withOutput(capture.output(view.exec()));
        }
        replies.job(ctx, row, view, wait);
    }
}
