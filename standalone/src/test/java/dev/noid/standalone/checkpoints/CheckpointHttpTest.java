package dev.noid.standalone.checkpoints;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.noid.gateway.http.HttpServer;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/// Checkpoints as a client sees them: statuses, headers, scopes.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class CheckpointHttpTest {
    private final Scene scene = new Scene();
    private final HttpServer server = scene.serve();
    private final HttpClient client = HttpClient.newHttpClient();
    private String token = "";

    CheckpointHttpTest() throws IOException, InterruptedException, SQLException {}

    @AfterAll
    void stop() throws IOException, SQLException {
        client.close();
        server.close();
        scene.close();
    }

    @BeforeEach
    void begin() throws SQLException {
        scene.begin();
        token = scene.token("admin");
    }

    @Test
    void aCheckpointIsAJobAndThenAThing() throws Exception {
        var accepted = send("POST", "/vms/web/checkpoints", "{\"label\": \"first\"}", "Idempotency-Key", "k");
        assertThat(accepted.statusCode()).isEqualTo(202);
        String job = field(accepted, "id");
        assertThat(accepted.headers().firstValue("Location")).hasValue("/jobs/" + job);
        String id = scene.completed(job);
        var again = send(
                "POST", "/vms/web/checkpoints", "{\"label\": \"first\"}", "Idempotency-Key", "k", "Prefer", "wait=1");
        assertThat(again.statusCode()).isEqualTo(201);
        assertThat(again.headers().firstValue("Location")).hasValue("/checkpoints/" + id);
        for (String path :
                new String[] {"/checkpoints/" + id, "/checkpoints/" + id.substring(0, 14), "/checkpoints/web/first"}) {
            assertThat(send("GET", path, null).body()).as(path).contains(id, "\"current\":true");
        }
        assertThat(send("GET", "/vms/web/checkpoints", null).body()).contains(id);
        assertThat(send("GET", "/checkpoints?vm=web", null).body()).contains(id);
        assertThat(send("GET", "/checkpoints?vm=other", null).body()).doesNotContain(id);
        assertThat(send("GET", "/checkpoints/usage?vm=web", null).body()).contains("\"bytes\":15");
        assertThat(send("GET", "/checkpoints/usage?vm=other", null).statusCode())
                .isEqualTo(404);
        assertThat(send("GET", "/vms/web", null).body()).contains("\"checkpoint\":\"" + id + "\"");
        assertThat(send("PATCH", "/checkpoints/web/first", "{\"pinned\": true}").body())
                .contains("\"pinned\":true");
        assertThat(send("DELETE", "/checkpoints/web/first", null).body()).contains("checkpoint_pinned");
        assertThat(send("PATCH", "/checkpoints/" + id, "{\"pinned\": false}").statusCode())
                .isEqualTo(200);
        assertThat(send("DELETE", "/checkpoints/web/first", null).body()).contains("\"state\":\"removing\"");
        assertThat(send("GET", "/checkpoints/web/first", null).statusCode()).isEqualTo(404);
        assertThat(send("DELETE", "/checkpoints/" + id, null).statusCode()).isEqualTo(200);
    }

    /// Attack J1: 24 slow lists at once held all connections, and an exec got 503 after 3 s.
    @Test
    void listsThatAreSlowKeepNoExecFromTheDatabase() throws Exception {
        try (var _ = scene.locked("checkpoints")) {
            List<CompletableFuture<HttpResponse<String>>> lists = new ArrayList<>();
            for (int i = 0; i < 24; i++) {
                lists.add(sendAsync("GET", "/checkpoints"));
            }
            await().atMost(Duration.ofSeconds(10)).until(() -> scene.waitingForLocks() >= 4);
            for (int i = 0; i < 5; i++) {
                long began = System.nanoTime();
                assertThat(send("POST", "/vms/web/exec", "{\"argv\": [\"true\"]}")
                                .statusCode())
                        .isEqualTo(202);
                assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(2));
            }
            assertThat(scene.waitingForLocks()).as("the lists still wait").isPositive();
            for (var list : lists) {
                assertThat(list.get().statusCode()).isEqualTo(503);
                assertThat(list.get().body()).containsAnyOf("database_busy", "database_slow");
            }
        }
        assertThat(send("GET", "/checkpoints", null).statusCode()).isEqualTo(200);
    }

    @Test
    void aVmThatNobodyHasMadeYetHasAnEmptyLogAndOneThatIsNotThereHasNone() throws Exception {
        var log = send("GET", "/vms/web/logs", null);
        assertThat(log.statusCode()).isEqualTo(200);
        assertThat(log.headers().firstValue("Content-Type")).hasValue("application/x-ndjson");
        assertThat(log.body()).isEmpty();
        assertThat(send("GET", "/vms/other/logs", null).statusCode()).isEqualTo(404);
        assertThat(send("GET", "/vms/web/logs?stdout=-1", null).statusCode()).isEqualTo(400);
        assertThat(send("GET", "/vms/web/logs?tail=3", null).statusCode()).isEqualTo(400);
        assertThat(send("GET", "/vms/web/logs?log=web", null).statusCode()).isEqualTo(400);
        assertThat(send("GET", "/vms/web/logs?log=vm-other.1", null).body()).contains("log_not_found");
    }

    @Test
    void aForkWaitsForAllAndSaysWhatBecameOfEach() throws Exception {
        scene.made("good");
        scene.vm("b", "tenant-a", "running", 100);
        var forked = send("POST", "/vms/web/fork", "{\"checkpoint\": \"good\", \"names\": [\"a\", \"b\"]}");
        assertThat(forked.statusCode()).isEqualTo(202);
        assertThat(forked.body()).contains("name_in_use", "\"failed\":1", "\"succeeded\":0");
        var none = send(
                "POST",
                "/vms/web/fork",
                "{\"checkpoint\": \"good\", \"names\": [\"c\"]}",
                "Prefer",
                "wait=1",
                "Idempotency-Key",
                "f");
        assertThat(none.statusCode()).as("not over in time").isEqualTo(202);
        String job = field(none, "job\":\\{\"id");
        scene.decide(scene.text("SELECT vm_id FROM jobs WHERE id = '" + job + "'"));
        scene.end(job, "succeeded");
        var over = send(
                "POST",
                "/vms/web/fork",
                "{\"checkpoint\": \"good\", \"names\": [\"c\"]}",
                "Prefer",
                "wait=5",
                "Idempotency-Key",
                "f");
        assertThat(over.statusCode()).isEqualTo(200);
        assertThat(over.body()).contains("\"succeeded\":1", job);
        assertThat(send("POST", "/vms/web/fork", "{\"count\": 101}").statusCode())
                .isEqualTo(422);
    }

    @Test
    void aPolicyIsSetAndAppliedAndTried() throws Exception {
        String old = scene.made(null);
        scene.made(null);
        assertThat(send("GET", "/vms/web/checkpoint-policy", null).body()).isEqualTo("{}");
        assertThat(send("POST", "/vms/web/checkpoints/prune", "{}").body()).contains("no_policy");
        assertThat(send("POST", "/vms/web/checkpoints/prune", "{\"keepLast\": 1, \"dryRun\": true}")
                        .body())
                .contains(old, "\"dryRun\":true");
        assertThat(send("PUT", "/vms/web/checkpoint-policy", "{\"keepLast\": 1}")
                        .body())
                .isEqualTo("{\"keepLast\":1}");
        assertThat(scene.checkpoint(old)).isEqualTo("removing");
    }

    @Test
    void aRestoreIsAJobAndAVmGoesWithItsCheckpoints() throws Exception {
        String id = scene.made("good");
        assertThat(send("POST", "/vms/web/restore", "{\"checkpoint\": \"bad\"}").body())
                .contains("checkpoint_not_found");
        var restore = send("POST", "/vms/web/restore", null);
        assertThat(restore.statusCode()).isEqualTo(202);
        assertThat(restore.body()).contains("\"kind\":\"restore\"");
        assertThat(send("DELETE", "/vms/web?checkpoints=maybe", null).statusCode())
                .isEqualTo(400);
        assertThat(send("DELETE", "/vms/web?checkpoints=true", null).statusCode())
                .isEqualTo(202);
        assertThat(scene.checkpoint(id)).as("the restore still has it").isEqualTo("complete");
    }

    @Test
    void whoMayOnlyReadChangesNothing() throws Exception {
        scene.made("good");
        token = scene.token("read");
        assertThat(send("GET", "/checkpoints/web/good", null).statusCode()).isEqualTo(200);
        for (String route : new String[] {
            "POST /vms/web/checkpoints",
            "POST /vms/web/restore",
            "POST /vms/web/fork",
            "POST /vms/web/checkpoints/prune",
            "PUT /vms/web/checkpoint-policy",
            "PATCH /checkpoints/web/good",
            "DELETE /checkpoints/web/good"
        }) {
            String[] parts = route.split(" ", 2);
            assertThat(send(parts[0], parts[1], null).statusCode()).as(route).isEqualTo(403);
        }
    }

    private HttpResponse<String> send(String method, String path, @Nullable String body, String... headers)
            throws IOException, InterruptedException {
        return client.send(request(method, path, body, headers), HttpResponse.BodyHandlers.ofString());
    }

    private CompletableFuture<HttpResponse<String>> sendAsync(String method, String path) {
        return client.sendAsync(request(method, path, null), HttpResponse.BodyHandlers.ofString());
    }

    private HttpRequest request(String method, String path, @Nullable String body, String... headers) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + path))
                .timeout(Duration.ofSeconds(30))
                .header("Authorization", "Bearer " + token)
                .method(
                        method,
                        body == null ? HttpRequest.BodyPublishers.noBody() : HttpRequest.BodyPublishers.ofString(body));
        if (body != null) {
            request.header("Content-Type", "application/json");
        }
        if (headers.length > 0) {
            request.headers(headers);
        }
        return request.build();
    }

    private static String field(HttpResponse<String> reply, String name) {
        var matcher = Pattern.compile("\"" + name + "\":\"([^\"]*)\"").matcher(reply.body());
        assertThat(matcher.find()).as(reply.body()).isTrue();
        return matcher.group(1);
    }
}
