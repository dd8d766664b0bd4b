package dev.noid.bench.stack;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// What the figures ask of the API, each call to its end, over one connection.
public final class Api implements AutoCloseable {
    private static final Duration WAIT = Duration.ofSeconds(60);
    private static final String NOTHING = "{}";

    private final JsonMapper json = dev.noid.schema.Json.records();
    private final ApiConnection connection;

    Api(ApiConnection connection) {
        this.connection = connection;
    }

    public void create(String vm) throws IOException {
        create(vm, NOTHING);
    }

    /// @param body `{…}` of the create, without the name
    public void create(String vm, String body) throws IOException {
        String name = "{\"name\":\"" + vm + "\"";
        job("POST", "/vms", body.equals(NOTHING) ? name + "}" : name + "," + body.substring(1));
    }

    public void start(String vm) throws IOException {
        job("POST", "/vms/" + vm + "/start", NOTHING);
    }

    public void stop(String vm) throws IOException {
        job("POST", "/vms/" + vm + "/stop", NOTHING);
    }

    public void destroy(String vm) throws IOException {
        job("DELETE", "/vms/" + vm, "");
    }

    /// Runs a command to its end; it must exit with 0.
    public JsonNode exec(String vm, List<String> argv) throws IOException {
        return job("POST", "/vms/" + vm + "/exec", json.writeValueAsString(new Exec(argv, false)));
    }

    /// The id of the job, which goes on.
    public String begin(String vm, List<String> argv, boolean stdinFollows) throws IOException {
        String body = json.writeValueAsString(new Exec(argv, stdinFollows));
        ApiConnection.Reply reply = connection.send("POST", "/vms/" + vm + "/exec", body, Duration.ZERO);
        if (reply.status() != 202) {
            throw new Refused(reply.status(), "exec in " + vm + ": " + reply.status() + " " + reply.body());
        }
        return reply.json().path("id").asString();
    }

    private record Exec(List<String> argv, boolean stdinFollows) {}

    /// What its job tells of it, the id as `checkpoint` among it.
    public JsonNode checkpoint(String vm) throws IOException {
        return job("POST", "/vms/" + vm + "/checkpoints", NOTHING).path("checkpoint");
    }

    /// @param made as [#checkpoint] has returned it
    public void removeCheckpoint(JsonNode made) throws IOException {
        ApiConnection.Reply reply = connection.send("DELETE", "/checkpoints/" + id(made), "", WAIT);
        if (reply.status() >= 300) {
            throw new Refused(reply.status(), "removal of a checkpoint: " + reply.status() + " " + reply.body());
        }
    }

    private static String id(JsonNode made) {
        return made.path("checkpoint").asString();
    }

    /// In place; what runs is not kept.
    public void restore(String vm, JsonNode made) throws IOException {
        job("POST", "/vms/" + vm + "/restore", "{\"checkpoint\":\"" + id(made) + "\",\"keep\":false}");
    }

    /// Their names, once all of them run.
    public List<String> fork(String vm, JsonNode made, int count, String prefix) throws IOException {
        String body = "{\"checkpoint\":\"" + id(made) + "\",\"count\":" + count + ",\"namePrefix\":\"" + prefix + "\"}";
        ApiConnection.Reply reply = connection.send("POST", "/vms/" + vm + "/fork", body, WAIT);
        if (reply.status() >= 300) {
            throw new Refused(reply.status(), "fork of " + vm + ": " + reply.status() + " " + reply.body());
        }
        List<String> names = new ArrayList<>();
        for (JsonNode item : reply.json().path("items")) {
            names.add(item.path("name").asString());
            if (!item.path("job").path("state").asString("").equals("succeeded")) {
                throw new Refused(reply.status(), "a fork of " + vm + ": " + item);
            }
        }
        return names;
    }

    public void cancel(String job) throws IOException {
        connection.send("POST", "/jobs/" + job + "/cancel", NOTHING, WAIT);
    }

    public JsonNode get(String path) throws IOException {
        return connection.send("GET", path, "", Duration.ZERO).json();
    }

    /// Sends what makes a job, waits for its end and wants it to have succeeded.
    public JsonNode job(String method, String path, String body) throws IOException {
        ApiConnection.Reply reply = connection.send(method, path, body, WAIT);
        String state = reply.status() < 300 ? reply.json().path("state").asString("") : "";
        if (!state.equals("succeeded")) {
            throw new Refused(reply.status(), method + " " + path + ": " + reply.status() + " " + reply.body());
        }
        return reply.json();
    }

    @Override
    public void close() throws IOException {
        connection.close();
    }
}
