package dev.noid.gateway.http;

import dev.noid.gateway.store.DatabaseUnavailable;
import dev.noid.gateway.submit.Refused;
import dev.noid.schema.Json;
import dev.noid.schema.api.Problem;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import io.javalin.http.HttpResponseException;
import java.io.EOFException;
import java.io.IOException;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.regex.Pattern;
import org.eclipse.jetty.io.EofException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.json.JsonMapper;

/// Everything that goes wrong becomes an `application/problem+json` with a code, a way out and the request's id.
final class Problems {
    private static final Logger log = LoggerFactory.getLogger(Problems.class);
    private static final String REQUEST_ID = "noid.request";
    private static final Pattern REQUEST_ID_FORM = Pattern.compile("[A-Za-z0-9._:+/=-]{1,128}");

    private final JsonMapper json = Json.api();
    private final SecureRandom random = new SecureRandom();
    private final Methods methods;

    Problems(Methods methods) {
        this.methods = methods;
    }

    void install(RoutesConfig routes) {
        routes.before(this::name);
        routes.wsBeforeUpgrade(this::name);
        routes.exception(Refused.class, (e, ctx) -> write(ctx, e.problem()));
        routes.exception(DatabaseUnavailable.class, (e, ctx) -> {
            log.warn(
                    "database {} request={} cause={}",
                    e.trouble().words(),
                    id(ctx),
                    String.valueOf(e.getCause()).lines().findFirst().orElse(""));
            write(ctx, e.problem());
        });
        routes.exception(HttpResponseException.class, (e, ctx) -> write(ctx, ofStatus(e.getStatus(), ctx)));
        // Who is gone does not hear it; who sent a body that can't be read must not be told 200.
        routes.exception(EofException.class, (_, ctx) -> write(ctx, brokenBody()));
        routes.exception(EOFException.class, (_, ctx) -> write(ctx, brokenBody()));
        routes.exception(Exception.class, this::bug);
    }

    /// Gives the request its id, the caller's when it has a usable one.
    private void name(Context ctx) {
        String given = ctx.header("X-Request-Id");
        String id = given != null && REQUEST_ID_FORM.matcher(given).matches() ? given : fresh();
        ctx.attribute(REQUEST_ID, id);
        ctx.header("X-Request-Id", id);
    }

    private void bug(Exception e, Context ctx) {
        if (e instanceof InterruptedException) {
            write(ctx, Problem.of(503, "stopping", "Stopping", "This gateway is stopping.", "try again"));
            return;
        }
        log.error(
                "request failed request={} method={} path={}",
                id(ctx),
                ctx.method().name(),
                ctx.path(),
                e);
        write(
                ctx,
                Problem.of(
                        500,
                        "internal_error",
                        "Noid failed",
                        "Something is wrong in Noid itself; its log has more under this request id.",
                        "please report it with the request id"));
    }

    private void write(Context ctx, Problem problem) {
        if (ctx.res().isCommitted()) {
            return;
        }
        switch (problem.status()) {
            case 401 -> ctx.header("WWW-Authenticate", "Bearer realm=\"noid\"");
            case 405 -> ctx.header("Allow", methods.allowed(ctx.path()));
            case 429, 503 -> ctx.header("Retry-After", "2");
            default -> {}
        }
        byte[] body = json.writeValueAsBytes(problem.withRequestId(id(ctx)));
        ctx.status(problem.status()).contentType("application/problem+json").result(body);
        if (ctx.header("Upgrade") != null) {
            writeInPlaceOfUpgrade(ctx, body);
        }
    }

    /// Before an upgrade Javalin keeps the status of a refusal and forgets its body.
    private static void writeInPlaceOfUpgrade(Context ctx, byte[] body) {
        try {
            ctx.res().setContentLength(body.length);
            ctx.res().getOutputStream().write(body);
        } catch (IOException e) {
            log.debug("refusal not written", e);
        }
    }

    /// The last line of a stream that is not at its end.
    static Problem streamTimeOver() {
        return Problem.of(
                503,
                "stream_time_over",
                "Stream's time is over",
                "This stream has lasted as long as one may; there is more.",
                "connect again from the last offsets");
    }

    private static Problem brokenBody() {
        return Problem.of(
                400,
                "broken_body",
                "Body can't be read",
                "The body broke off, or its chunks can't be read as HTTP.",
                "send it again, with the same Idempotency-Key");
    }

    private static Problem ofStatus(int status, Context ctx) {
        return switch (status) {
            case 404 ->
                Problem.of(
                        404,
                        "not_found",
                        "No such route",
                        "There is nothing at " + ctx.path() + ".",
                        "see /openapi.yaml");
            case 405 ->
                Problem.of(
                        405,
                        "method_not_allowed",
                        "Method not allowed",
                        ctx.path() + " can't be asked with " + ctx.method().name() + ".",
                        "see the header Allow, or /openapi.yaml");
            case 413 ->
                Problem.of(
                        413,
                        "body_too_large",
                        "Body too large",
                        "A body may have at most " + Body.MOST + " bytes.",
                        null);
            default ->
                Problem.of(
                        status,
                        "http_" + status,
                        "Request refused",
                        "The request can't be answered.",
                        "see /openapi.yaml");
        };
    }

    private String id(Context ctx) {
        String id = ctx.attribute(REQUEST_ID);
        return id == null ? fresh() : id;
    }

    private String fresh() {
        byte[] bytes = new byte[8];
        random.nextBytes(bytes);
        return HexFormat.of().formatHex(bytes);
    }
}
