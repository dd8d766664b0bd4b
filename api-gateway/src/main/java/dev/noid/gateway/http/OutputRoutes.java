package dev.noid.gateway.http;

import dev.noid.gateway.live.Endings;
import dev.noid.gateway.live.Follow;
import dev.noid.gateway.live.JobWatch;
import dev.noid.gateway.live.LogReader;
import dev.noid.gateway.live.OutputReader;
import dev.noid.gateway.live.OutputSink;
import dev.noid.gateway.live.TooManyReaders;
import dev.noid.gateway.store.DatabaseUnavailable;
import dev.noid.gateway.store.JobRow;
import dev.noid.gateway.store.LogRow;
import dev.noid.gateway.submit.Refused;
import dev.noid.schema.Deadline;
import dev.noid.schema.ExecId;
import dev.noid.schema.Json;
import dev.noid.schema.api.OutputLine;
import dev.noid.schema.api.Problem;
import dev.noid.schema.job.JobKind;
import io.javalin.http.Context;
import io.javalin.http.HandlerType;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.List;
import tools.jackson.databind.ObjectWriter;

/// `GET /jobs/{id}/output` and `GET /vms/{name}/logs`: one line of JSON for each piece, as it comes. Empty
/// lines keep the connection alive.
public final class OutputRoutes {

    private final JobWatch watch;
    private final OutputReader outputs;
    private final LogReader logs;
    private final ObjectWriter writer = Json.api().writerFor(OutputLine.class);

    OutputRoutes(JobWatch watch, OutputReader outputs, LogReader logs) {
        this.watch = watch;
        this.outputs = outputs;
        this.logs = logs;
    }

    List<Route> routes() {
        return List.of(
                new Route("GET", "/jobs/{id}/output", Scope.READ, this::output),
                new Route("GET", "/vms/{name}/logs", Scope.READ, this::log));
    }

    private void output(Context ctx) throws IOException, InterruptedException {
        Follow wanted = wanted(ctx, "stdout", "stderr", "follow");
        String id = ctx.pathParam("id");
        String tenant = Auth.tenant(ctx);
        JobRow job = watch.read(tenant, id).orElseThrow(() -> Refused.noJob(id));
        refuseOthers(job);
        Lines lines = lines(ctx);
        if (ctx.method().equals(HandlerType.HEAD)) {
            return;
        }
        try {
            OutputReader.Followed end = outputs.follow(tenant, job, wanted, lines);
            if (!end.whole()) {
                lines.line(new OutputLine.Failed(Problems.streamTimeOver()));
            } else if (end.row().state().terminal()) {
                for (OutputLine last : Endings.of(end.row())) {
                    lines.line(last);
                }
            }
        } catch (TooManyReaders e) {
            fail(ctx, lines, e.problem());
        } catch (DatabaseUnavailable e) {
            fail(ctx, lines, e.problem());
        }
    }

    private void log(Context ctx) throws IOException, InterruptedException {
        Follow wanted = wanted(ctx, "stdout", "stderr", "follow", "log");
        String name = ctx.pathParam("name");
        String tenant = Auth.tenant(ctx);
        ExecId named = Parameters.log(ctx);
        LogRow log = logs.find(tenant, name, named)
                .orElseThrow(() -> named == null ? Refused.noVm(name) : Refused.noLog(name, named.toString()));
        Lines lines = lines(ctx);
        if (ctx.method().equals(HandlerType.HEAD)) {
            return;
        }
        try {
            if (!logs.follow(tenant, name, log, wanted, lines)) {
                lines.line(new OutputLine.Failed(Problems.streamTimeOver()));
            }
        } catch (TooManyReaders e) {
            fail(ctx, lines, e.problem());
        } catch (DatabaseUnavailable e) {
            fail(ctx, lines, e.problem());
        }
    }

    private static Follow wanted(Context ctx, String... known) {
        Parameters.only(ctx, known);
        boolean follow = Parameters.flag(ctx, "follow");
        return new Follow(
                Auth.token(ctx),
                Parameters.number(ctx, "stdout", 0, 0, Long.MAX_VALUE),
                Parameters.number(ctx, "stderr", 0, 0, Long.MAX_VALUE),
                Long.MAX_VALUE,
                follow,
                Deadline.after(follow ? Follow.LONGEST : Duration.ofMinutes(10)));
    }

    private Lines lines(Context ctx) throws IOException {
        ctx.res().setStatus(200);
        ctx.res().setContentType("application/x-ndjson");
        // Proxies that collect replies would make a stream one piece.
        ctx.res().setHeader("X-Accel-Buffering", "no");
        // Not ctx.outputStream(): Javalin's does not flush.
        return new Lines(ctx.res().getOutputStream());
    }

    /// As a reply of its own while nothing has been said, as the last line after that.
    private static void fail(Context ctx, Lines lines, Problem problem) throws IOException {
        if (ctx.res().isCommitted()) {
            lines.line(new OutputLine.Failed(problem));
        } else {
            throw new Refused(problem);
        }
    }

    public static void refuseOthers(JobRow job) {
        if (job.spec().kind() != JobKind.EXEC) {
            throw Refused.conflict(
                    "not_an_exec",
                    "Not an exec",
                    "Only an exec has output; this is a " + job.spec().kind() + ".",
                    "GET /jobs/" + job.id() + " says how it went");
        }
    }

    private final class Lines implements OutputSink {
        private final OutputStream out;

        Lines(OutputStream out) {
            this.out = out;
        }

        @Override
        public void line(OutputLine line) throws IOException {
            // Grants are for who sends stdin, and that is the WebSocket.
            if (line instanceof OutputLine.InputAck) {
                return;
            }
            out.write(writer.writeValueAsBytes(line));
            out.write('\n');
            out.flush();
        }

        @Override
        public void begins() throws IOException {
            // The status and headers go out: there may be nothing else to say for long.
            out.flush();
        }

        @Override
        public void idle() throws IOException {
            out.write('\n');
            out.flush();
        }
    }
}
