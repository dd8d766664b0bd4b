package dev.noid.standalone.checkpoints;

import static org.assertj.core.api.Assertions.assertThat;

import dev.noid.gateway.http.HttpServer;
import dev.noid.schema.Json;
import dev.noid.schema.api.ExecVm;
import java.io.IOException;
import java.math.BigInteger;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// Everything openapi.yaml describes, asked of a real server with a real database, with what it allows and with what
/// it does not: no answer is a fault of ours, each is as described, what the schemas refuse is refused, and what they
/// allow is never refused for its form.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class DescriptionTest {
    private static final long SEED = 11;
    /// The codes of a refusal that only looks at the form.
    private static final Set<String> FORM = Set.of("invalid_request", "bad_parameter", "bad_cursor");

    private final Scene scene = new Scene();
    private final HttpServer server = scene.serve();
    private final HttpClient client = HttpClient.newHttpClient();
    private final Description description = new Description();
    private final JsonMapper json = Json.api();
    private final Random random = new Random(SEED);
    private final Set<String> violations = new TreeSet<>();
    private String token = "";
    private Map<String, String> names = Map.of();
    private int asked;

    DescriptionTest() throws IOException, InterruptedException, SQLException {}

    @AfterAll
    void stop() throws IOException, SQLException {
        client.shutdownNow(); // close() would wait for sockets that tests leave open
        server.close();
        scene.close();
    }

    @Test
    void theWholeDescriptionHolds() throws Exception {
        for (Description.Operation operation : description.operations()) {
            begin();
            String path = path(operation);
            ask(operation, path, firstBody(operation), null);
            strangers(operation, path);
            pathsThatAreNot(operation);
            parameters(operation, path);
            begin();
            bodies(operation, path);
        }
        assertThat(violations).as(asked + " requests").isEmpty();
        assertThat(asked).isGreaterThan(1_000);
    }

    private void begin() throws SQLException {
        scene.begin();
        token = scene.token("admin");
        scene.vm("done", "tenant-a", "stopped", 1);
        String checkpoint = scene.made("good");
        String job = scene.execs
                .exec(
                        Scene.asked("tenant-a"),
                        "web",
                        new ExecVm(List.of("true"), null, null, null, null, null, null, null, null, null),
                        _ -> {})
                .id();
        scene.end(job, "succeeded");
        names = Map.of("name", "web", "vm", "web", "label", "good", "ck", checkpoint, "id", job);
    }

    private String path(Description.Operation operation) {
        String path = operation.path();
        // A VM that runs has a log that goes on for ever.
        Map<String, String> all = operation.id().equals("getLogs") ? Map.of("name", "done") : names;
        for (Map.Entry<String, String> name : all.entrySet()) {
            String value = path.startsWith("/checkpoints/{id}") && name.getKey().equals("id")
                    ? names.getOrDefault("ck", "")
                    : name.getValue();
            path = path.replace("{" + name.getKey() + "}", value);
        }
        return path;
    }

    /// Without a token, with a wrong method, with bodies that are no JSON of ours.
    private void strangers(Description.Operation operation, String path) throws Exception {
        if (!operation.open()) {
            expect(operation, send(operation.method(), path, null, null, ""), 401);
        }
        expect(operation, send("NOID", path, null, null, token), 405);
        if (description.body(operation) != null) {
            expect(operation, send(operation.method(), path, "{}", "text/plain", token), 415);
            expect(operation, send(operation.method(), path, "{", "application/json", token), 400);
            expect(operation, send(operation.method(), path, "[1]", "application/json", token), 400);
            expect(operation, send(operation.method(), path, "{\"x\": 1, \"x\": 2}", "application/json", token), 400);
        }
        // A WebSocket looks at its parameters once somebody wants one.
        if (!operation.open() && !operation.path().endsWith("/stream")) {
            expect(operation, send(operation.method(), path + "?nothing=1", null, null, token), 400);
        }
    }

    private void pathsThatAreNot(Description.Operation operation) throws Exception {
        if (!operation.path().contains("{")) {
            return;
        }
        for (String value : new String[] {"-", "%20", "%C3%A9", "a%2Fb", "0", "A", "x".repeat(1_000), "ck-", "'"}) {
            String path = operation.path().replaceAll("\\{[a-z]+}", value);
            HttpResponse<String> reply = send(operation.method(), path, null, null, token);
            if (reply.statusCode() < 400) {
                wrong(operation, "accepts " + path, reply);
            }
            described(operation, reply);
        }
    }

    private void parameters(Description.Operation operation, String path) throws Exception {
        for (JsonNode parameter : operation.parameters()) {
            if (!parameter.path("in").asString().equals("query")) {
                continue;
            }
            String name = parameter.path("name").asString();
            JsonNode schema = description.followed(parameter.path("schema"));
            boolean list = schema.path("type").asString().equals("array");
            for (String text : texts()) {
                JsonNode value = list
                        ? json.createArrayNode().add(text)
                        : value(schema.path("type").asString(), text);
                // The flag alone, as in `?follow`.
                boolean flag = text.isEmpty() && schema.path("type").asString().equals("boolean");
                String query = "?" + name + "=" + URLEncoder.encode(text, StandardCharsets.UTF_8);
                HttpResponse<String> reply = send(operation.method(), path + query, null, null, token);
                judge(operation, reply, flag || description.wrong(schema, value).isEmpty(), name + "=" + shown(text));
            }
        }
    }

    /// As the schema sees it: a number where one is wanted and is there.
    private JsonNode value(String type, String text) {
        if (type.equals("integer") && text.matches("-?[0-9]{1,30}")) {
            return json.getNodeFactory().numberNode(new BigInteger(text));
        }
        if (type.equals("boolean") && (text.equals("true") || text.equals("false"))) {
            return json.getNodeFactory().booleanNode(text.equals("true"));
        }
        return json.getNodeFactory().stringNode(text);
    }

    private void bodies(Description.Operation operation, String path) throws Exception {
        JsonNode schema = description.body(operation);
        if (schema == null) {
            return;
        }
        JsonNode followed = description.followed(schema);
        List<String> fields = new ArrayList<>(followed.path("properties").propertyNames());
        fields.add("nothing");
        for (String field : fields) {
            List<JsonNode> values = values();
            values.addAll(
                    bounds(description.followed(followed.path("properties").path(field))));
            for (JsonNode value : values) {
                ObjectNode body = (ObjectNode) json.readTree(firstBody(operation));
                body.set(field, value);
                ask(operation, path, body.toString(), field + "=" + shown(value.toString()));
            }
        }
        for (int i = 0; i < 15; i++) {
            ObjectNode body = json.createObjectNode();
            for (String field : fields) {
                if (random.nextInt(3) == 0) {
                    body.set(field, values().get(random.nextInt(values().size())));
                }
            }
            ask(operation, path, body.toString(), shown(body.toString()));
        }
    }

    /// What is just within and just beyond what is said of a number.
    private List<JsonNode> bounds(JsonNode schema) {
        List<JsonNode> all = new ArrayList<>();
        for (String bound : new String[] {"minimum", "maximum"}) {
            if (schema.has(bound)) {
                BigInteger value = schema.path(bound).bigIntegerValue();
                for (int beside = -1; beside <= 1; beside++) {
                    all.add(json.getNodeFactory().numberNode(value.add(BigInteger.valueOf(beside))));
                }
            }
        }
        return all;
    }

    private void ask(Description.Operation operation, String path, String body, @Nullable String what)
            throws Exception {
        JsonNode schema = description.body(operation);
        if (operation.id().equals("getLogs") || schema == null) {
            described(operation, send(operation.method(), path, null, null, token));
            return;
        }
        HttpResponse<String> reply = send(operation.method(), path, body, "application/json", token);
        judge(operation, reply, description.wrong(schema, json.readTree(body)).isEmpty(), String.valueOf(what));
    }

    private static String firstBody(Description.Operation operation) {
        return switch (operation.id()) {
            case "exec" -> "{\"argv\": [\"true\"]}";
            case "signalJob" -> "{\"signal\": \"INT\"}";
            default -> "{}";
        };
    }

    private void judge(Description.Operation operation, HttpResponse<String> reply, boolean allowed, String what) {
        described(operation, reply);
        String code = reply.statusCode() < 400
                ? ""
                : json.readTree(reply.body()).path("code").asString();
        if (allowed && FORM.contains(code)) {
            wrong(operation, "is allowed and refused: " + what, reply);
        }
        if (!allowed && reply.statusCode() < 400) {
            wrong(operation, "is not allowed and taken: " + what, reply);
        }
    }

    private void expect(Description.Operation operation, HttpResponse<String> reply, int status) {
        described(operation, reply);
        if (reply.statusCode() != status) {
            wrong(operation, "should be " + status, reply);
        }
    }

    private void described(Description.Operation operation, HttpResponse<String> reply) {
        int status = reply.statusCode();
        if (status >= 500 && !(status == 503 && operation.id().equals("ready"))) {
            wrong(operation, "is a fault of ours", reply);
        }
        JsonNode response = description.response(operation, status == 405 ? 400 : status);
        JsonNode contents = response.path("content");
        String type = reply.headers().firstValue("Content-Type").orElse("");
        if (status == 405) {
            contents = description
                    .response(description.operations().getFirst(), 400)
                    .path("content");
        }
        JsonNode schema = contents.path(type).path("schema");
        if (schema.isMissingNode()) {
            wrong(operation, "is of a type that is not described: " + type, reply);
        } else if (type.endsWith("json")) {
            description.wrong(schema, json.readTree(reply.body())).forEach(why -> wrong(operation, why, reply));
        } else if (type.equals("application/x-ndjson")) {
            reply.body().lines().filter(line -> !line.isBlank()).forEach(line -> description
                    .wrong(schema, json.readTree(line))
                    .forEach(why -> wrong(operation, why, reply)));
        }
    }

    private void wrong(Description.Operation operation, String why, HttpResponse<String> reply) {
        violations.add(operation.id() + " " + why + " -> " + reply.statusCode() + " " + shown(reply.body()));
    }

    private static String shown(String text) {
        return text.length() > 160 ? text.substring(0, 160) + "..." : text;
    }

    private HttpResponse<String> send(
            String method, String path, @Nullable String body, @Nullable String type, String as) throws Exception {
        asked++;
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + path))
                .timeout(Duration.ofSeconds(20))
                .method(
                        method,
                        body == null ? HttpRequest.BodyPublishers.noBody() : HttpRequest.BodyPublishers.ofString(body));
        if (type != null) {
            request.header("Content-Type", type);
        }
        if (!as.isEmpty()) {
            request.header("Authorization", "Bearer " + as);
        }
        return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    /// Around every bound that the description names, and around those of the machine.
    private static List<String> texts() {
        return List.of(
                "",
                "0",
                "1",
                "-1",
                "60",
                "61",
                "200",
                "201",
                "1.5",
                "1e3",
                "+1",
                "0x1",
                "2147483648",
                "9223372036854775807",
                "9223372036854775808",
                "99999999999999999999",
                "true",
                "false",
                "web",
                "WEB",
                "a=b",
                "a b",
                "é",
                "running",
                "vm-1.1",
                "vm-1.0",
                "vm-1.99999999999",
                "'",
                "\u0001",
                "MTo1",
                "MTo",
                "x".repeat(400));
    }

    private List<JsonNode> values() {
        List<JsonNode> all = new ArrayList<>();
        for (String one : new String[] {
            "null",
            "true",
            "false",
            "0",
            "1",
            "-1",
            "15",
            "16",
            "17",
            "60",
            "64",
            "100",
            "101",
            "600",
            "601",
            "1024",
            "65536",
            "65537",
            "604800",
            "604801",
            "1048576",
            "1048577",
            "2147483647",
            "2147483648",
            "9223372036854775807",
            "9223372036854775808",
            "-9223372036854775808",
            "-9223372036854775809",
            "1e400",
            "1.5",
            "-0.1",
            "\"\"",
            "\" \"",
            "\"a\"",
            "\"web\"",
            "\"A_\"",
            "\"/\"",
            "\"a/b\"",
            "\"é\"",
            "\"INT\"",
            "\"ck-000000\"",
            "\"eA==\"",
            "\"!\"",
            "\"0\"",
            "[]",
            "[\"a\"]",
            "[\"a\", \"a\"]",
            "[\"a\", 1]",
            "[null]",
            "{}",
            "{\"a\": \"b\"}",
            "{\"a\": null}",
            "{\"a\": 1}",
            "{\"A=\": \"b\"}",
            "{\"\": \"\"}"
        }) {
            all.add(json.readTree(one));
        }
        all.add(json.getNodeFactory().stringNode("x".repeat(64)));
        all.add(json.getNodeFactory().stringNode("x".repeat(70_000)));
        all.add(json.getNodeFactory().stringNode("\0"));
        return all;
    }
}
