package dev.noid.gateway.http;

import dev.noid.gateway.live.JobWatch;
import dev.noid.gateway.store.JobRow;
import dev.noid.gateway.submit.Refused;
import dev.noid.gateway.ws.StreamTarget;
import io.javalin.http.Context;
import java.util.List;

/// What is checked before `/jobs/{id}/stream` becomes a WebSocket: a refusal is still an HTTP reply then.
public final class StreamRoute {
    private final JobWatch watch;

    StreamRoute(JobWatch watch) {
        this.watch = watch;
    }

    List<Route> routes() {
        return List.of(new Route("WS", "/jobs/{id}/stream", Scope.EXEC, this::check));
    }

    /// Who asks without an upgrade.
    static void refusePlain(Context ctx) {
        ctx.header("Upgrade", "websocket");
        throw new Refused(
                426,
                "upgrade_required",
                "This is a WebSocket",
                "There is only a WebSocket at " + ctx.path() + ".",
                "GET /jobs/{id}/output has the same output as lines");
    }

    private void check(Context ctx) {
        Parameters.only(ctx, "stdout", "stderr");
        String protocol = ctx.header("Sec-WebSocket-Protocol");
        if (protocol != null) {
            // Javalin would agree to whatever is offered first.
            throw new Refused(
                    400,
                    "unknown_subprotocol",
                    "Unknown subprotocol",
                    "This WebSocket has no subprotocol '" + protocol + "', nor any other.",
                    "connect without Sec-WebSocket-Protocol");
        }
        String id = ctx.pathParam("id");
        String tenant = Auth.tenant(ctx);
        JobRow job = watch.read(tenant, id).orElseThrow(() -> Refused.noJob(id));
        OutputRoutes.refuseOthers(job);
        ctx.attribute(
                StreamTarget.ATTRIBUTE,
                new StreamTarget(
                        tenant,
                        Auth.token(ctx),
                        job,
                        Parameters.number(ctx, "stdout", 0, 0, Long.MAX_VALUE),
                        Parameters.number(ctx, "stderr", 0, 0, Long.MAX_VALUE)));
    }
}
