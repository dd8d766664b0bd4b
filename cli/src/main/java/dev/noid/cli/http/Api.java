package dev.noid.cli.http;

import dev.noid.cli.ExitCode;
import dev.noid.cli.Failure;
import dev.noid.cli.print.SystemError;
import dev.noid.cli.print.Terminal;
import dev.noid.cli.settings.Server;
import dev.noid.schema.Json;
import dev.noid.schema.api.Checkpoint;
import dev.noid.schema.api.Fork;
import dev.noid.schema.api.Job;
import dev.noid.schema.api.Problem;
import dev.noid.schema.api.SignalAnswer;
import dev.noid.schema.api.Vm;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Requests over `HttpURLConnection`, which starts in a tenth of the time `java.net.http` needs. Answers may hold
/// fields
/// of a newer gateway: they are printed, and otherwise ignored.
public final class Api {
    private static final int CONNECT_MILLIS = 5_000;
    /// Longer than any wait that is asked for.
    private static final int READ_MILLIS = 45_000;

    /// Members that openapi.yaml requires, enough to know the thing by.
    private static final Map<Class<?>, List<String>> ALWAYS = Map.of(
            Job.class, List.of("id", "kind", "state"),
            Vm.class, List.of("id", "name", "observed"),
            Checkpoint.class, List.of("id", "state"),
            Fork.class, List.of("items"),
            SignalAnswer.class, List.of("delivered"));

    private final Server server;
    private final Terminal terminal;
    private final JsonMapper json = Json.records();
    private boolean contacted;

    public Api(Server server, Terminal terminal) {
        this.server = server;
        this.terminal = terminal;
    }

    public Server server() {
        return server;
    }

    public Patience patience() {
        return new Patience(terminal, server.base().toString());
    }

    /// Throws a failure when it lacks what every such thing has: then it is somebody else's JSON.
    public <T> T read(JsonNode node, Class<T> type) {
        for (String member : ALWAYS.getOrDefault(type, List.of())) {
            if (!node.has(member)) {
                throw notNoid(member);
            }
        }
        return json.treeToValue(node, type);
    }

    /// The items of one page of a list, or a failure when it is none.
    public Iterable<JsonNode> items(JsonNode page) {
        JsonNode items = page.isArray() ? page : page.path("items");
        if (!items.isArray()) {
            throw notNoid("items");
        }
        return items;
    }

    private Failure notNoid(String member) {
        return Failure.failed(
                server.base() + " answers with JSON that is not Noid's: it has no '" + member + "'",
                "this may not be Noid's API; see --server, NOID_SERVER and config.toml");
    }

    public String write(Object body) {
        return json.writeValueAsString(body);
    }

    public <T> T parse(String text, Class<T> type) {
        return json.readValue(text, type);
    }

    /// Asks once.
    public JsonNode call(Call call) {
        Answer answer = attempt(call);
        // No switch: its first use costs 20 ms of method handles, and most commands need no more than this.
        if (answer instanceof Answer.Done done) {
            return done.body();
        }
        throw switch ((Answer.Failed) answer) {
            case Answer.Refused refused -> failure(refused.problem());
            case Answer.Unreachable away -> unreachable(away);
        };
    }

    /// Asks until there is an answer: whoever has been spoken to once, or may have heard, will be back. Nobody
    /// there from
    /// the beginning is said at once.
    public JsonNode callPatiently(Call call) {
        Patience patience = patience();
        while (true) {
            Answer answer = attempt(call);
            if (answer instanceof Answer.Done done) {
                patience.reset();
                return done.body();
            }
            switch ((Answer.Failed) answer) {
                case Answer.Refused refused -> {
                    if (!refused.passing() || !patience.again()) {
                        throw failure(refused.problem());
                    }
                }
                case Answer.Unreachable away -> {
                    if ((away.refused() && !contacted) || !patience.again()) {
                        throw unreachable(away);
                    }
                    contacted = true;
                }
            }
        }
    }

    public Answer attempt(Call call) {
        try {
            if (call.method().equals("PATCH")) {
                return patched(call);
            }
            HttpURLConnection connection = open(call.method(), call.path(), READ_MILLIS);
            if (call.key() != null) {
                connection.setRequestProperty("Idempotency-Key", call.key());
            }
            if (call.waitSeconds() > 0) {
                connection.setRequestProperty("Prefer", "wait=" + call.waitSeconds());
            }
            if (call.method().equals("POST") || call.method().equals("PUT")) {
                byte[] body = call.body() == null ? new byte[0] : json.writeValueAsBytes(call.body());
                connection.setRequestProperty("Content-Type", "application/json");
                connection.setDoOutput(true);
                try (var out = connection.getOutputStream()) {
                    out.write(body);
                }
            }
            return answer(Reply.of(connection));
        } catch (IOException e) {
            return Answer.Unreachable.of(e);
        }
    }

    private Answer answer(Reply reply) {
        contacted = true;
        if (reply.good()) {
            try {
                JsonNode body = json.readTree(reply.body());
                if (body.isContainer()) {
                    return new Answer.Done(reply.status(), body);
                }
            } catch (JacksonException _) {
                // Said below.
            }
        }
        return new Answer.Refused(problem(reply));
    }

    private Answer patched(Call call) throws IOException {
        Reply reply = Patch.send(
                server,
                call.path(),
                json.writeValueAsBytes(call.body()),
                Duration.ofMillis(CONNECT_MILLIS),
                Duration.ofMillis(READ_MILLIS));
        return answer(reply);
    }

    /// A connection with who asks on it, not yet made.
    public HttpURLConnection open(String method, String path, int readMillis) throws IOException {
        URI uri = server.resolve(path);
        HttpURLConnection connection = (HttpURLConnection) uri.toURL().openConnection();
        connection.setRequestMethod(method);
        connection.setConnectTimeout(CONNECT_MILLIS);
        connection.setReadTimeout(readMillis);
        connection.setInstanceFollowRedirects(false);
        connection.setUseCaches(false);
        connection.setRequestProperty("Accept", "application/json, application/problem+json");
        if (server.token() != null) {
            connection.setRequestProperty("Authorization", "Bearer " + server.token());
        }
        return connection;
    }

    /// What a reply that is not what was asked for means; `good` ones are so because of their body.
    Problem problem(Reply reply) {
        return reply.status() >= 400 ? problem(reply.status(), reply.body()) : foreign(reply);
    }

    /// Another try would hear the same: who answers is no gateway, or something stands before it.
    private Problem foreign(Reply reply) {
        String said = server.base() + " answers " + (reply.status() < 0 ? "without a status" : reply.status());
        if (reply.location() != null) {
            return Problem.of(
                    reply.status(),
                    "redirected",
                    "Redirected",
                    said + ", a redirect to " + reply.location(),
                    "a redirect is not followed; see --server, NOID_SERVER and config.toml");
        }
        String type = reply.type() == null ? "no type" : "type " + reply.type();
        return Problem.of(
                reply.status(),
                "not_json",
                "No JSON",
                said + " and " + (reply.body().length == 0 ? "nothing else" : "a body of " + type)
                        + ", where JSON is expected",
                "this may not be Noid's API; see --server, NOID_SERVER and config.toml");
    }

    /// Throws a failure when an answer that is read as it comes is not what was asked for, and will not be
    /// another time.
    ///
    /// @param type what the body is to be
    public void check(HttpURLConnection connection, String type) throws IOException {
        int status = connection.getResponseCode();
        String found = connection.getContentType();
        if (status < 200 || status >= 300 || (found != null && !found.contains(type))) {
            throw failure(problem(Reply.of(connection)));
        }
    }

    public Problem problem(int status, byte[] body) {
        try {
            Problem problem = json.readValue(body, Problem.class);
            if (problem != null && problem.detail() != null && problem.code() != null) {
                return problem;
            }
        } catch (JacksonException _) {
            // Whoever answered is no gateway, or something stands before it.
        }
        String said =
                new String(body, StandardCharsets.UTF_8).lines().findFirst().orElse("");
        return Problem.of(
                status,
                "http_" + status,
                "HTTP " + status,
                "HTTP " + status + (said.isBlank() ? "" : ": " + said),
                null);
    }

    public Failure failure(Problem problem) {
        StringBuilder message = new StringBuilder(problem.detail());
        if (problem.errors() != null) {
            // A detail that names its fields says all of it already.
            problem.errors().stream()
                    .filter(error -> !problem.detail().contains(error.detail()))
                    .forEach(error -> message.append("; ")
                            .append(error.pointer())
                            .append(": ")
                            .append(error.detail()));
        }
        boolean auth = problem.status() == 401 || problem.status() == 403;
        String hint = problem.hint() == null && auth ? tokenHint() : problem.hint();
        return new Failure(auth ? ExitCode.AUTH : ExitCode.FAILED, message.toString(), hint, problem.code());
    }

    private String tokenHint() {
        return server.token() == null
                ? "set NOID_TOKEN, or token in config.toml"
                : "the token is not good for " + server.base() + "; see NOID_TOKEN and config.toml";
    }

    public Failure unreachable(Answer.Unreachable away) {
        String host = server.base().getHost();
        boolean local = host.equals("127.0.0.1") || host.equals("localhost") || host.equals("[::1]");
        if (away.insecure()) {
            return Failure.failed(
                    "no secure connection to " + server.base() + ": " + SystemError.why(away.why()),
                    "check that it speaks https, and its certificate");
        }
        return away.refused()
                ? Failure.failed(
                        "nothing answers at " + server.base(),
                        local ? "noid up -d" : "check --server, NOID_SERVER and the network")
                : Failure.failed(
                        server.base() + " does not answer: " + SystemError.why(away.why()),
                        local ? "noid status" : null);
    }
}
