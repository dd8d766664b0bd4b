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
    private final JsonMapper json = Json.api();

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
        String path = request.getHttpURI().getPath();
        Problem problem = Problem.of(
                code,
                code == 404 ? "not_found" : "http_" + code,
                "Request refused",
                code == 404 ? "There is nothing at " + path + "." : "The request can't be read as HTTP.",
                "see /openapi.yaml");
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, "application/problem+json");
        response.write(true, ByteBuffer.wrap(json.writeValueAsBytes(problem)), callback);
        return true;
    }
}
