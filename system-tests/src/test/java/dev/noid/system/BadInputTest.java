package dev.noid.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/// Every mistake gets a problem that names the field and the way out, and leaves nothing behind.
class BadInputTest {
    private static Stack stack;

    @BeforeAll
    static void up() {
        stack = Stack.up("stub");
        assertThat(stack.http().postAndWait("/vms", "{\"name\":\"web\"}").status())
                .isEqualTo(201);
        assertThat(stack.http().postAndWait("/vms", "{\"name\":\"stopped\"}").status())
                .isEqualTo(201);
        assertThat(stack.http().postAndWait("/vms/stopped/stop", "{}").status()).isEqualTo(200);
    }

    @AfterAll
    static void down() {
        stack.close();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "POST   | /vms              | {\"nmae\":\"x\"}                          | 422 | nmae",
                "POST   | /vms              | {\"name\":\"UPPER\"}                      | 422 | name",
                "POST   | /vms              | {\"name\":\"../x\"}                       | 422 | name",
                "POST   | /vms              | {\"name\":\"web\"}                        | 409 | web",
                "POST   | /vms              | {\"image\":\"nope\"}                      | 422 | busybox",
                "POST   | /vms              | {\"memoryMib\":99999999}                  | 422 | memoryMib",
                "POST   | /vms              | {\"memoryMib\":-1}                        | 422 | memoryMib",
                "POST   | /vms              | {\"memoryMib\":\"lots\"}                  | 422 | memoryMib",
                "POST   | /vms              | {\"cpus\":0,\"diskMib\":1}                | 422 | diskMib",
                "POST   | /vms              | {broken                                   | 400 | JSON",
                "POST   | /vms              | [1]                                       | 400 | object",
                "POST   | /vms/web/exec     | {}                                        | 422 | argv",
                "POST   | /vms/web/exec     | {\"argv\":[]}                             | 422 | argv",
                "POST   | /vms/web/exec     | {\"argv\":[\"true\"],\"timeoutSeconds\":-1} | 422 | timeoutSeconds",
                "POST   | /vms/stopped/exec | {\"argv\":[\"true\"]}                     | 409 | noid start stopped",
                "POST   | /vms/nope/exec    | {\"argv\":[\"true\"]}                     | 404 | nope",
                "GET    | /vms/nope         |                                           | 404 | nope",
                "DELETE | /vms/nope         |                                           | 404 | nope",
                "GET    | /jobs/nope        |                                           | 404 | nope",
                "GET    | /nope             |                                           | 404 | /nope",
                "PUT    | /vms              | {}                                        | 405 | PUT",
                "GET    | /vms?limit=0      |                                           | 400 | limit",
                "GET    | /vms?cursor=!     |                                           | 400 | cursor",
            })
    void is_refused_with_a_problem_that_names_it(
            String method, String path, @Nullable String body, int status, String named) {
        int vms = stack.http().get("/vms").json().path("items").size();
        int jobs = stack.http().get("/jobs?limit=200").json().path("items").size();
        Http.Reply reply = stack.http().send(method, path, body, Map.of());

        assertThat(reply.status()).as(reply.toString()).isEqualTo(status);
        assertThat(reply.response().headers().firstValue("Content-Type")).hasValue("application/problem+json");
        JsonNode problem = reply.json();
        assertThat(problem.path("code").asString()).isNotBlank();
        assertThat(problem.path("hint").asString()).as(reply.toString()).isNotBlank();
        assertThat(problem.toString()).contains(named);
        assertThat(reply.response().body()).doesNotContain("Exception").doesNotContain("\tat ");
        assertThat(stack.http().get("/vms").json().path("items")).hasSize(vms);
        assertThat(stack.http().get("/jobs?limit=200").json().path("items")).hasSize(jobs);
    }

    @Test
    void no_token_and_a_wrong_token_are_refused_before_anything_else() {
        Http wrong = new Http(stack.uri(), "noid_" + "x".repeat(36));
        assertThat(wrong.get("/vms").status()).isEqualTo(401);
        assertThat(wrong.post("/vms", "{broken").status()).isEqualTo(401);
        assertThat(stack.http()
                        .send("GET", "/vms", null, Map.of("Authorization", "Basic eDp5"))
                        .status())
                .isEqualTo(401);
    }

    @Test
    void a_body_that_is_too_large_is_refused() {
        String large = "{\"argv\":[\"" + "x".repeat(2 << 20) + "\"]}";
        assertThat(stack.http().post("/vms/web/exec", large).status()).isEqualTo(413);
    }

    @Test
    void invalid_utf8_is_refused() throws Exception {
        var request = java.net.http.HttpRequest.newBuilder(java.net.URI.create(stack.uri() + "/vms"))
                .header("Authorization", "Bearer " + stack.token())
                .header("Content-Type", "application/json")
                .POST(java.net.http.HttpRequest.BodyPublishers.ofByteArray(
                        new byte[] {'{', '"', 'n', 'a', 'm', 'e', '"', ':', '"', (byte) 0xff, (byte) 0xfe, '"', '}'}))
                .build();
        try (var client = java.net.http.HttpClient.newHttpClient()) {
            var reply = client.send(request, java.net.http.HttpResponse.BodyHandlers.ofString());
            assertThat(reply.statusCode()).as(reply.body()).isEqualTo(400);
        }
    }
}
