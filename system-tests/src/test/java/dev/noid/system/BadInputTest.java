package dev.noid.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.noid.schema.Json;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
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

    private static final int COMMAND = 256 << 10;
    private static final int STRING = (128 << 10) - 1;
    private static final int LIST = 4_096;

    /// `{"argv": […], "env": {…}}` and more members.
    private static String exec(List<String> argv, Map<String, ?> env, Map<String, ?> more) {
        Map<String, Object> body = new HashMap<>(more);
        body.put("argv", argv);
        body.put("env", env);
        return Json.records().writeValueAsString(body);
    }

    private static List<String> argv(String... given) {
        return List.of(given);
    }

    private static List<String> times(int count) {
        List<String> argv = new ArrayList<>(Collections.nCopies(count - 1, "x"));
        argv.addFirst("/bin/true");
        return argv;
    }

    private static Map<String, String> variables(int count) {
        return IntStream.range(0, count).boxed().collect(Collectors.toMap(i -> "N" + i, i -> "v"));
    }

    /// Two long arguments and the rest in one: each with its quotes and comma.
    private static List<String> bytes(int count) {
        int rest = count - ("/bin/true".length() + 3) - 2 * (100_000 + 3) - 3;
        return argv("/bin/true", "x".repeat(100_000), "x".repeat(100_000), "x".repeat(rest));
    }

    static Stream<Arguments> limits() {
        Map<String, ?> none = Map.of();
        return Stream.of(
                arguments("argv", exec(bytes(COMMAND), none, none), exec(bytes(COMMAND + 1), none, none), ""),
                arguments("argv", exec(times(LIST), variables(LIST), none), exec(times(LIST + 1), none, none), ""),
                arguments(
                        "env",
                        exec(argv("/bin/true"), variables(LIST), none),
                        exec(argv("true"), variables(LIST + 1), none),
                        ""),
                arguments(
                        "argv/1",
                        exec(argv("/bin/true", "x".repeat(STRING)), none, none),
                        exec(argv("/bin/true", "x".repeat(STRING + 1)), none, none),
                        ""),
                arguments(
                        "argv/1",
                        exec(argv("/bin/true", "é".repeat(STRING / 2)), none, none),
                        exec(argv("/bin/true", "é".repeat(STRING / 2 + 1)), none, none),
                        ""),
                arguments(
                        "env/A",
                        exec(argv("/bin/true"), Map.of("A", "x".repeat(STRING - 2)), none),
                        exec(argv("/bin/true"), Map.of("A", "x".repeat(STRING - 1)), none),
                        ""),
                arguments(
                        "cwd",
                        exec(argv("/bin/true"), none, Map.of("cwd", "/" + "é".repeat(4_095))),
                        exec(argv("/bin/true"), none, Map.of("cwd", "/" + "é".repeat(4_096))),
                        "bad_cwd"),
                arguments(
                        "user",
                        exec(argv("/bin/true"), none, Map.of("user", "é".repeat(64))),
                        exec(argv("/bin/true"), none, Map.of("user", "é".repeat(65))),
                        "bad_user"),
                arguments(
                        "stdin",
                        exec(argv("/bin/true"), none, Map.of("stdin", "x".repeat(64 << 10))),
                        exec(argv("/bin/true"), none, Map.of("stdin", "x".repeat((64 << 10) + 1))),
                        ""),
                arguments(
                        "timeoutSeconds",
                        exec(argv("/bin/true"), none, Map.of("timeoutSeconds", 604_800)),
                        exec(argv("/bin/true"), none, Map.of("timeoutSeconds", 604_801)),
                        ""),
                arguments(
                        "outputLimitBytes",
                        exec(argv("/bin/true"), none, Map.of("outputLimitBytes", 1L << 40)),
                        exec(argv("/bin/true"), none, Map.of("outputLimitBytes", (1L << 40) + 1)),
                        ""));
    }

    /// Field case 12: one side never accepts what the other refuses.
    @ParameterizedTest
    @MethodSource("limits")
    void what_the_api_takes_reaches_the_guests_program_and_one_more_is_refused(
            String named, String most, String more, String error) {
        Http.Reply refused = stack.http().post("/vms/web/exec", more);
        assertThat(refused.status()).as(refused.toString()).isEqualTo(422);
        assertThat(refused.json().path("errors").toString()).contains(named);

        JsonNode job = stack.http().postAndWait("/vms/web/exec", most).json();
        assertThat(job.path("error").path("code").asString(""))
                .as(job.toString())
                .isEqualTo(error);
        assertThat(job.path("state").asString()).isEqualTo(error.isEmpty() ? "succeeded" : "failed");
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
