package dev.noid.system;

import static org.assertj.core.api.Assertions.assertThat;

import dev.noid.schema.Json;
import dev.noid.schema.api.CreateCheckpoint;
import dev.noid.schema.api.CreateVm;
import dev.noid.schema.api.ForkVm;
import dev.noid.schema.api.RestoreVm;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// A VM as somebody works with it over HTTP. What is asked for here has to work; who expects less sends it himself.
record Vm(Stack stack, Http http, String name) {
    /// For stacks in which every VM has to be one that somebody asked for.
    static final Map<String, String> NO_POOL = Map.of("NOID_POOL", "0");

    private static final Duration LIMIT = Duration.ofSeconds(90);

    static Vm create(Stack stack, String name, int memoryMib) {
        Vm vm = new Vm(stack, stack.http(), name);
        vm.done(vm.http.post("/vms", json(new CreateVm(name, null, memoryMib, null, null, null))));
        return vm;
    }

    Vm named(String other) {
        return new Vm(stack, http, other);
    }

    String path() {
        return "/vms/" + name;
    }

    JsonNode get() {
        Http.Reply reply = http.get(path());
        assertThat(reply.status()).as(reply.toString()).isEqualTo(200);
        return reply.json();
    }

    /// Runs it and returns what it printed.
    String sh(String script) {
        Http.Reply reply = http.postAndWait(path() + "/exec", exec(script));
        assertThat(reply.json().at("/exec/exitCode").asInt(-1))
                .as("%s in %s: %s", script, name, reply)
                .isZero();
        return reply.json().at("/output/stdout").asString();
    }

    /// Starts it and returns its job's id; it goes on.
    String begin(String script) {
        Http.Reply reply = http.post(path() + "/exec", exec(script));
        assertThat(reply.status()).as(reply.toString()).isEqualTo(202);
        return reply.json().path("id").asString();
    }

    String checkpoint(@Nullable String label) {
        return done(submitCheckpoint(label)).at("/checkpoint/checkpoint").asString();
    }

    Http.Reply submitCheckpoint(@Nullable String label) {
        return http.post(path() + "/checkpoints", json(new CreateCheckpoint(label, null)));
    }

    /// The job of it.
    JsonNode restore(String checkpoint, boolean keep) {
        return done(submitRestore(checkpoint, keep));
    }

    Http.Reply submitRestore(String checkpoint, boolean keep) {
        return http.post(path() + "/restore", json(new RestoreVm(checkpoint, keep)));
    }

    List<Vm> fork(String checkpoint, int count, String prefix) {
        Http.Reply reply = http.post(path() + "/fork", json(new ForkVm(checkpoint, count, prefix, null)));
        List<Vm> forks = new ArrayList<>();
        for (JsonNode item : reply.json().path("items")) {
            assertThat(item.path("job").isObject()).as(reply.toString()).isTrue();
            ended(item.at("/job/id").asString(), "succeeded");
            forks.add(named(item.path("name").asString()));
        }
        assertThat(forks).as(reply.toString()).hasSize(count);
        return forks;
    }

    /// Those that can be gone back to.
    List<JsonNode> checkpoints() {
        Http.Reply reply = http.get(path() + "/checkpoints?limit=200");
        assertThat(reply.status()).as(reply.toString()).isEqualTo(200);
        return reply.json().path("items").valueStream().toList();
    }

    void destroy(boolean withCheckpoints) {
        done(http.delete(path() + (withCheckpoints ? "?checkpoints=true" : "")));
    }

    private JsonNode done(Http.Reply submitted) {
        assertThat(submitted.status()).as(submitted + "\n" + stack.logs()).isIn(200, 201, 202);
        return ended(submitted.json().path("id").asString(), "succeeded");
    }

    JsonNode ended(String job, String state) {
        JsonNode ended = http.ended(job, LIMIT);
        assertThat(ended.path("state").asString())
                .as(() -> ended + "\n" + stack.logs())
                .isEqualTo(state);
        return ended;
    }

    static String json(Object body) {
        return Json.records().writeValueAsString(body);
    }

    private static String exec(String script) {
        return json(Map.of("argv", List.of("sh", "-c", script)));
    }
}
