package dev.noid.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.noid.schema.api.CheckpointPolicy;
import dev.noid.schema.api.CreateCheckpoint;
import dev.noid.schema.api.CreateVm;
import dev.noid.schema.api.RestoreVm;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// One person's VMs and checkpoints, changed at random, beside a model of what must have come of it: who is whose
/// parent, where each VM is in its tree, and what lies on its disk. Steps of one family go one after the other.
final class CheckpointFamily {
    private static final int VMS = 3;
    private static final int TRIES = 5;

    private final Stack stack;
    private final Http http;
    private final String name;
    private final int memoryMib;
    private final Random random;
    private final Map<String, Owned> vms = new LinkedHashMap<>();
    private final Map<String, Node> nodes = new LinkedHashMap<>();
    private int made;
    private int requests;

    CheckpointFamily(Stack stack, String name, int memoryMib, long seed) {
        this.stack = stack;
        this.http = stack.http();
        this.name = name;
        this.memoryMib = memoryMib;
        this.random = new Random(seed);
    }

    /// @param at   the checkpoint it goes on from; empty when there is none
    /// @param file what it has on its disk
    private record Owned(String at, String file) {}

    private record Node(String vm, String parent, String label, boolean pinned, String file) {
        Node under(String other) {
            return new Node(vm, other, label, pinned, file);
        }
    }

    void step() {
        int dice = random.nextInt(100);
        if (vms.isEmpty()) {
            create();
        } else if (dice < 3) {
            create();
        } else if (dice < 12) {
            fork();
        } else if (dice < 20) {
            write();
        } else if (dice < 55) {
            checkpoint();
        } else if (dice < 73) {
            restore();
        } else if (dice < 88) {
            remove();
        } else if (dice < 91) {
            pin();
        } else if (dice < 95) {
            prune();
        } else {
            destroy();
        }
    }

    private void create() {
        if (vms.size() >= VMS) {
            write();
            return;
        }
        String vm = name + "-" + made++;
        ended(waited("POST", "/vms", new CreateVm(vm, null, memoryMib, null, null, null)));
        vms.put(vm, new Owned("", ""));
    }

    private void fork() {
        if (vms.size() >= VMS || nodes.isEmpty()) {
            checkpoint();
            return;
        }
        String from = any(nodes.keySet());
        String vm = name + "-" + made++;
        ended(waited("POST", "/vms", new CreateVm(vm, null, null, null, null, from)));
        vms.put(vm, new Owned(from, node(from).file));
        assertFile(vm);
    }

    private void write() {
        String vm = any(vms.keySet());
        String text = Integer.toHexString(random.nextInt());
        exec(vm, "echo " + text + " > file");
        vms.put(vm, new Owned(owned(vm).at, text));
    }

    private void checkpoint() {
        String vm = any(vms.keySet());
        String label = random.nextBoolean() ? "l" + made++ : null;
        boolean pin = random.nextInt(10) == 0;
        JsonNode job = ended(waited("POST", "/vms/" + vm + "/checkpoints", new CreateCheckpoint(label, pin)));
        made(vm, job.at("/checkpoint/checkpoint").asString(), label == null ? "" : label, pin);
    }

    private void made(String vm, String id, String label, boolean pin) {
        assertThat(id).startsWith("ck-");
        nodes.put(id, new Node(vm, owned(vm).at, label, pin, owned(vm).file));
        vms.put(vm, new Owned(id, owned(vm).file));
    }

    private void restore() {
        String vm = any(vms.keySet());
        List<String> own = of(vm);
        if (own.isEmpty()) {
            checkpoint();
            return;
        }
        String to = own.get(random.nextInt(own.size()));
        boolean keep = random.nextInt(3) == 0;
        JsonNode job = ended(waited("POST", "/vms/" + vm + "/restore", new RestoreVm(to, keep)));
        if (keep) {
            made(vm, job.at("/checkpoint/checkpoint").asString(), "", false);
        }
        vms.put(vm, new Owned(to, node(to).file));
        if (random.nextInt(5) == 0) {
            assertFile(vm);
        }
    }

    private void remove() {
        if (nodes.isEmpty()) {
            checkpoint();
            return;
        }
        String id = any(nodes.keySet());
        Http.Reply reply = send("DELETE", "/checkpoints/" + id, null, Map.of());
        if (node(id).pinned) {
            assertThat(reply.status()).as(reply.toString()).isEqualTo(409);
            assertThat(reply.json().path("code").asString()).isEqualTo("checkpoint_pinned");
            return;
        }
        assertThat(reply.status()).as(reply.toString()).isBetween(200, 204);
        gone(id);
    }

    private void pin() {
        if (nodes.isEmpty()) {
            checkpoint();
            return;
        }
        String id = any(nodes.keySet());
        Node node = node(id);
        Http.Reply reply = send("PATCH", "/checkpoints/" + id, "{\"pinned\":" + !node.pinned + "}", Map.of());
        assertThat(reply.status()).as(reply.toString()).isEqualTo(200);
        nodes.put(id, new Node(node.vm, node.parent, node.label, !node.pinned, node.file));
    }

    private void prune() {
        String vm = any(vms.keySet());
        int keep = 1 + random.nextInt(4);
        Http.Reply reply = send(
                "POST",
                "/vms/" + vm + "/checkpoints/prune",
                Vm.json(new CheckpointPolicy(keep, null, null, false)),
                Map.of());
        assertThat(reply.status()).as(reply.toString()).isEqualTo(200);
        List<String> removed = reply.json().path("removed").findValuesAsString("id");
        for (String id : removed) {
            assertThat(node(id).pinned).as("pinned and removed: %s", id).isFalse();
            assertThat(owned(vm).at).as("current and removed").isNotEqualTo(id);
            gone(id);
        }
        assertThat(reply.json().path("kept").valueStream().map(JsonNode::asString))
                .containsExactlyInAnyOrderElementsOf(of(vm));
        assertThat(of(vm).stream()
                        .filter(id -> !node(id).pinned && !owned(vm).at.equals(id)))
                .as("cap of %s", keep)
                .hasSizeLessThanOrEqualTo(keep);
    }

    private void destroy() {
        String vm = any(vms.keySet());
        boolean all = random.nextBoolean() && of(vm).stream().noneMatch(id -> node(id).pinned);
        ended(waited("DELETE", "/vms/" + vm + (all ? "?checkpoints=true" : ""), null));
        vms.remove(vm);
        if (all) {
            of(vm).forEach(this::gone);
        }
    }

    private void gone(String id) {
        String parent = node(id).parent;
        nodes.remove(id);
        nodes.replaceAll((key, node) -> node.parent.equals(id) ? node.under(parent) : node);
        vms.replaceAll((key, vm) -> vm.at.equals(id) ? new Owned(parent, vm.file) : vm);
    }

    /// All that there is, as the API tells it, is what the model says. What is destroyed together with its VM goes
    /// after the VM.
    void assertAsModelled() {
        await().atMost(Duration.ofSeconds(10))
                .untilAsserted(() -> assertThat(listed()).isEqualTo(nodes));
        vms.forEach((vm, owned) -> {
            JsonNode now = http.get("/vms/" + vm).json();
            assertThat(now.path("observed").asString()).as(vm).isEqualTo("running");
            assertThat(now.path("checkpoint").asString("")).as(vm).isEqualTo(owned.at);
            assertFile(vm);
        });
    }

    private Map<String, Node> listed() {
        Map<String, Node> listed = new HashMap<>();
        for (JsonNode item : all("/checkpoints")) {
            if (item.path("vm").asString().startsWith(name + "-")) {
                String id = item.path("id").asString();
                assertThat(item.path("state").asString()).as(id).isEqualTo("complete");
                Node known = nodes.get(id);
                listed.put(
                        id,
                        new Node(
                                item.path("vm").asString(),
                                item.path("parent").asString(""),
                                item.path("label").asString(""),
                                item.path("pinned").asBoolean(),
                                known == null ? "unknown" : known.file));
            }
        }
        return listed;
    }

    Set<String> checkpoints() {
        return nodes.keySet();
    }

    void destroyAll() {
        List.copyOf(vms.keySet()).forEach(vm -> ended(waited("DELETE", "/vms/" + vm, null)));
        nodes.forEach((id, node) -> {
            if (node.pinned) {
                send("PATCH", "/checkpoints/" + id, "{\"pinned\":false}", Map.of());
            }
            assertThat(send("DELETE", "/checkpoints/" + id, null, Map.of()).status())
                    .as(id)
                    .isBetween(200, 204);
        });
    }

    private List<JsonNode> all(String path) {
        List<JsonNode> items = new ArrayList<>();
        String cursor = "";
        do {
            JsonNode page = http.get(path + "?limit=200" + cursor).json();
            page.path("items").forEach(items::add);
            cursor = page.hasNonNull("nextCursor")
                    ? "&cursor=" + page.path("nextCursor").asString()
                    : "";
        } while (!cursor.isEmpty());
        return items;
    }

    private void assertFile(String vm) {
        assertThat(exec(vm, "cat file 2>/dev/null || true").strip()).as(vm).isEqualTo(owned(vm).file);
    }

    private String exec(String vm, String script) {
        Http.Reply reply = waited("POST", "/vms/" + vm + "/exec", Map.of("argv", List.of("sh", "-c", script)));
        ended(reply);
        return reply.json().at("/output/stdout").asString();
    }

    private Http.Reply waited(String method, String path, @Nullable Object body) {
        return send(method, path, body == null ? null : Vm.json(body), Map.of("Prefer", "wait=60"));
    }

    /// As a client has to: what a busy database did not answer in time is asked again with the same key.
    private Http.Reply send(String method, String path, @Nullable String body, Map<String, String> headers) {
        Map<String, String> keyed = new HashMap<>(headers);
        keyed.put("Idempotency-Key", "\"" + name + "-" + ++requests + "\"");
        Http.Reply reply = http.send(method, path, body, keyed);
        for (int again = 0; reply.status() == 503 && again < TRIES; again++) {
            reply = http.send(method, path, body, keyed);
        }
        return reply;
    }

    private JsonNode ended(Http.Reply reply) {
        assertThat(reply.status()).as(reply.toString()).isIn(200, 201, 202);
        JsonNode job = reply.json();
        if (!job.has("endedAt")) {
            job = http.ended(job.path("id").asString(), Duration.ofSeconds(60));
        }
        assertThat(job.path("state").asString()).as("%s %s", job, stack.logs()).isEqualTo("succeeded");
        return job;
    }

    private List<String> of(String vm) {
        return nodes.entrySet().stream()
                .filter(entry -> entry.getValue().vm.equals(vm))
                .map(Map.Entry::getKey)
                .collect(Collectors.toCollection(ArrayList::new));
    }

    private Owned owned(String vm) {
        return Objects.requireNonNull(vms.get(vm), vm);
    }

    private Node node(String id) {
        return Objects.requireNonNull(nodes.get(id), id);
    }

    private String any(Set<String> of) {
        return List.copyOf(of).get(random.nextInt(of.size()));
    }
}
