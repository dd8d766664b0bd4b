package dev.noid.gateway.http;

import dev.noid.schema.Json;
import dev.noid.schema.api.Problem;
import java.nio.ByteBuffer;
import java.nio.charset.Charset;
import java.util.List;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.handler.ErrorHandler;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/// Errors from below Javalin (a path that can't be decoded, headers too long) in the same form as all others.
final class JettyProblems extends ErrorHandler {
    static final String UNDECODABLE_PATH = "path";
    static final String UNDECODABLE_QUERY = "query";
    static final int HEADERS_MOST = 16 << 10;

    private final JsonMapper json = Json.api();
    private final Methods methods;

    JettyProblems(Methods methods) {
        this.methods = methods;
    }

    /// Jetty's own says nothing to other methods.
    @Override
    public boolean errorPageForMethod(String method) {
        return true;
    }

    @Override
    protected boolean generateAcceptableResponse(
            Request request,
            Response response,
            Callback callback,
            String contentType,
            List<Charset> charsets,
            int code,
            @Nullable String message,
            @Nullable Throwable cause) {
        String path = String.valueOf(request.getHttpURI().getPath());
        Problem problem = problem(code, String.valueOf(message), request.getMethod(), path);
        if (code == 405) {
            response.getHeaders().put(HttpHeader.ALLOW, methods.allowed(path));
        }
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, "application/problem+json");
        response.write(true, ByteBuffer.wrap(json.writeValueAsBytes(problem)), callback);
        return true;
    }

    private static Problem problem(int code, String message, String method, String path) {
        return switch (code) {
            case 400 -> unreadable(message);
            case 404 ->
                Problem.of(404, "not_found", "No such route", "There is nothing at " + path + ".", "see /openapi.yaml");
            case 405 ->
                Problem.of(
                        405,
                        "method_not_allowed",
                        "Method not allowed",
                        path + " can't be asked with " + method + ".",
                        "see the header Allow, or /openapi.yaml");
            case 408 ->
                Problem.of(408, "request_too_slow", "Request too slow", "It has not come whole in time.", "try again");
            case 414, 431 ->
                Problem.of(
                        code,
                        "headers_too_large",
                        "Headers too large",
                        "Request line and headers together may have at most " + HEADERS_MOST + " bytes.",
                        "send less of them; what is long goes into the body");
            default -> refused(code);
        };
    }

    private static Problem unreadable(String message) {
        return switch (message) {
            case UNDECODABLE_PATH ->
                Problem.of(
                        400,
                        "bad_path",
                        "Path can't be read",
                        "The path is not percent-encoded UTF-8, or has a NUL.",
                        "encode each byte of a name as %XX, e.g. %C3%A9 for é");
            case UNDECODABLE_QUERY ->
                Problem.of(
                        400,
                        "bad_query",
                        "Query can't be read",
                        "The query is not percent-encoded UTF-8, or has a NUL.",
                        "encode each byte of a value as %XX, e.g. %C3%A9 for é");
            default -> refused(400);
        };
    }

    private static Problem refused(int code) {
        return Problem.of(
                code, "http_" + code, "Request refused", "The request can't be read as HTTP.", "see /openapi.yaml");
    }
}
