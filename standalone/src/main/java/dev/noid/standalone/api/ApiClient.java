package dev.noid.standalone.api;

import dev.noid.schema.Json;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.MissingNode;

/// The gateway's API, as the stack's own admin. HttpURLConnection, because its rival costs half a second to load.
///
/// @param timeout of connecting and of waiting for the answer
public record ApiClient(String url, String token, Duration timeout) {

    /// @param body a missing node when the answer is no JSON
    public record Answer(int status, JsonNode body) {}

    public Answer get(String path) throws IOException {
        return send("GET", path, "");
    }

    /// @param body JSON; empty for none
    public Answer send(String method, String path, String body) throws IOException {
        HttpURLConnection request =
                (HttpURLConnection) URI.create(url + path).toURL().openConnection();
        request.setRequestMethod(method);
        request.setConnectTimeout((int) timeout.toMillis());
        request.setReadTimeout((int) timeout.toMillis());
        request.setRequestProperty("Authorization", "Bearer " + token);
        if (!body.isEmpty()) {
            request.setRequestProperty("Content-Type", "application/json");
            request.setDoOutput(true);
            try (var out = request.getOutputStream()) {
                out.write(body.getBytes(StandardCharsets.UTF_8));
            }
        }
        int status = request.getResponseCode();
        try (InputStream in = status < 400 ? request.getInputStream() : request.getErrorStream()) {
            return new Answer(
                    status,
                    in == null ? MissingNode.getInstance() : Json.records().readTree(in));
        } catch (JacksonException _) {
            return new Answer(status, MissingNode.getInstance());
        }
    }
}
