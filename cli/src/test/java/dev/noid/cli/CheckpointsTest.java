package dev.noid.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.noid.cli.print.Terminal;
import dev.noid.schema.Json;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// Checkpoints as a person types them, and what the gateway gets to hear.
class CheckpointsTest {
    private static final String BASE = checkpoint("ck-01k8x3aa", "null", "\"base\"", "true", "false");
    private static final String NEXT = checkpoint("ck-01k8x3bb", "\"ck-01k8x3aa\"", "null", "false", "true");
    private static final String BOTH = "200 {\"items\":[" + BASE + "," + NEXT + "]}";

    @TempDir
    Path directory;

    private final FakeGateway gateway = new FakeGateway();
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    @AfterEach
    void stop() {
        gateway.close();
    }

    @Test
    void a_checkpoint_says_its_id_to_a_script_and_what_it_cost_to_a_person() {
        gateway.said.put("POST /vms/web/checkpoints", "202 " + job("checkpoint", "placed", "\"checkpoint\":null"));
        gateway.said.put(
                "GET /jobs/job-7",
                "200 "
                        + job(
                                "checkpoint",
                                "succeeded",
                                "\"checkpoint\":{\"checkpoint\":\"ck-01k8x3aa\",\"pauseMillis\":38.25,\"bytes\":64000000}"));
        assertThat(run("checkpoint", "create", "web", "--label", "base", "--pin"))
                .isZero();
        assertThat(stdout()).isEqualTo("ck-01k8x3aa\n");
        assertThat(gateway.requests().getFirst())
                .startsWith("POST /vms/web/checkpoints ")
                .contains("\"label\":\"base\"")
                .contains("\"pin\":true");
        assertThat(run("checkpoint", "create", "web", "-o", "table")).isZero();
        assertThat(stdout())
                .contains("PAUSE")
                .contains("38.3 ms")
                .contains("2.00 s")
                .contains("61M");
        assertThat(run("checkpoint", "create", "web", "-o", "json")).isZero();
        assertThat(Json.records()
                        .readTree(stdout())
                        .path("checkpoint")
                        .path("bytes")
                        .asInt())
                .isEqualTo(64_000_000);
    }

    @Test
    void a_checkpoint_that_came_to_nothing_says_why() {
        gateway.said.put(
                "POST /vms/web/checkpoints",
                "200 "
                        + job(
                                "checkpoint",
                                "failed",
                                "\"error\":{\"code\":\"disk_full\",\"message\":\"no room\",\"fault\":\"user\",\"hint\":\"noid checkpoint prune web\"}"));
        assertThat(run("checkpoint", "create", "web")).isEqualTo(ExitCode.FAILED);
        assertThat(stderr()).isEqualTo("error: no room\nhint: noid checkpoint prune web\n");
        assertThat(out.size()).isZero();
    }

    @Test
    void they_are_listed_drawn_and_found_by_label() {
        gateway.said.put("GET /vms/web/checkpoints", BOTH);
        assertThat(run("checkpoint", "ls", "web", "-q")).isZero();
        assertThat(stdout()).isEqualTo("ck-01k8x3aa\nck-01k8x3bb\n");
        assertThat(run("checkpoint", "ls", "web")).isZero();
        assertThat(stdout()).startsWith("ck-01k8x3aa\tweb\tbase\t").contains("\tcurrent\n");
        assertThat(run("checkpoint", "tree", "web")).isZero();
        assertThat(stdout().lines())
                .hasSize(3)
                .anyMatch(line -> line.startsWith("ck-01k8x3aa") && line.contains("base") && line.endsWith("pinned"))
                .anyMatch(line -> line.startsWith("└─ ck-01k8x3bb *"));
        gateway.said.put("GET /checkpoints/web/base", "200 " + BASE);
        assertThat(run("checkpoint", "get", "web/base")).isZero();
        assertThat(stdout()).contains("id\tck-01k8x3aa\n");
        assertThat(run("checkpoint", "get", "web/a/b")).isEqualTo(ExitCode.USAGE);
        assertThat(run("checkpoint", "get", "ck-01")).isEqualTo(ExitCode.USAGE);
        gateway.said.put("GET /checkpoints", BOTH);
        assertThat(run("checkpoint", "ls", "--all", "-o", "json")).isZero();
        assertThat(Json.records().readTree(stdout()).size()).isEqualTo(2);
    }

    @Test
    void they_are_pinned_and_removed_each_with_its_own_failure() {
        gateway.said.put("PATCH /checkpoints/web/base", "200 " + BASE);
        gateway.said.put("DELETE /checkpoints/ck-01k8x3bb", "202 " + NEXT);
        gateway.said.put("DELETE /checkpoints/ck-01k8x3aa", "409 " + problem("checkpoint_pinned", "it is pinned"));
        assertThat(run("checkpoint", "unpin", "web/base")).isZero();
        assertThat(gateway.requests()).contains("PATCH /checkpoints/web/base {\"pinned\":false}");
        assertThat(run("checkpoint", "rm", "ck-01k8x3aa", "ck-01k8x3bb")).isEqualTo(ExitCode.FAILED);
        assertThat(stdout()).isEqualTo("ck-01k8x3bb\n");
        assertThat(stderr()).isEqualTo("error: ck-01k8x3aa: it is pinned\nhint: a hint\n");
    }

    @Test
    void what_stays_is_a_policy_or_done_once() {
        gateway.said.put(
                "PUT /vms/web/checkpoint-policy", "200 {\"keepLast\":5,\"maxAgeSeconds\":604800,\"maxBytes\":null}");
        gateway.said.put("GET /vms/web/checkpoint-policy", "200 {\"keepLast\":null}");
        gateway.said.put(
                "POST /vms/web/checkpoints/prune", "200 {\"removed\":[" + NEXT + "],\"kept\":[],\"dryRun\":true}");
        assertThat(run("checkpoint", "policy", "web", "--keep-last", "5", "--max-age", "7d"))
                .isZero();
        assertThat(stdout()).isEqualTo("keep last\t5\nmax age\t7d\nmax bytes\t-\n");
        assertThat(body()).isEqualTo(Json.records().readTree("{\"keepLast\":5,\"maxAgeSeconds\":604800}"));
        assertThat(run("checkpoint", "policy", "web")).isZero();
        assertThat(stdout()).startsWith("keep last\t-\n");
        assertThat(run("checkpoint", "prune", "web")).isZero();
        assertThat(body()).isEqualTo(Json.records().readTree("{\"dryRun\":false}"));
        assertThat(run("checkpoint", "prune", "web", "--max-bytes", "10G", "--dry-run", "-q"))
                .isZero();
        assertThat(stdout()).isEqualTo("ck-01k8x3bb\n");
        assertThat(body().path("maxBytes").asLong()).isEqualTo(10L << 30);
        assertThat(body().path("dryRun").asBoolean()).isTrue();
    }

    @Test
    void what_can_not_go_together_is_said_before_anything_is_asked() {
        assertThat(run("create", "try", "--checkpoint", "web/good", "--memory", "1G"))
                .isEqualTo(ExitCode.USAGE);
        assertThat(stderr()).contains("--checkpoint goes without --image, --memory");
        assertThat(run("fork", "web/good", "--name-prefix", "x".repeat(60))).isEqualTo(ExitCode.USAGE);
        assertThat(stderr()).contains("--name-prefix has 60 characters", "at most 59");
        assertThat(gateway.requests()).isEmpty();
    }

    @Test
    void what_they_cost_is_said_with_the_shared_bytes_once() {
        gateway.said.put(
                "GET /checkpoints/usage",
                "200 {\"bytes\":3000,\"apparent\":5000,\"quotaBytes\":9000,\"items\":[{\"id\":\"ck-a\",\"vm\":\"web\",\"bytes\":2500,\"own\":500}]}");
        assertThat(run("checkpoint", "du", "web")).isZero();
        assertThat(stdout().lines())
                .containsExactly(
                        "ck-a\tweb\t2.4K\t500B",
                        "if nothing were shared\t-\t4.9K\t-",
                        "total\t-\t2.9K\t-",
                        "allowed\t-\t8.8K\t-");
    }

    @Test
    void a_vm_is_put_back_however_the_checkpoint_is_named() throws Exception {
        String done = "200 "
                + job(
                        "restore",
                        "succeeded",
                        "\"checkpoint\":{\"checkpoint\":\"ck-01k8x3cc\",\"pauseMillis\":80,\"bytes\":1}");
        gateway.said.put("POST /vms/web/restore", done);
        gateway.said.put("POST /vms/active/restore", done);
        assertThat(run("restore", "web", "base")).isZero();
        assertThat(stdout()).isEqualTo("web\n");
        assertThat(restoreTo("web", "base")).isEqualTo("base");
        assertThat(restoreTo("web", "ck-01k8x3a", "--no-keep")).isEqualTo("ck-01k8x3a");
        assertThat(body().path("keep").asBoolean(true)).isFalse();
        assertThat(restoreTo("web/base")).isEqualTo("web/base");
        assertThat(restoreTo("web")).isEqualTo("null");
        Files.writeString(directory.resolve(".noid"), "vm = \"active\"");
        assertThat(restoreTo("ck-01k8x3a")).isEqualTo("ck-01k8x3a");
        assertThat(gateway.requests().getLast()).startsWith("POST /vms/active/restore ");
        assertThat(run("restore", "web", "-o", "table")).isZero();
        assertThat(stdout()).contains("ck-01k8x3cc").contains("80.0 ms");
        assertThat(run("restore", "web", "../x")).isEqualTo(ExitCode.USAGE);
    }

    @Test
    void forks_are_named_one_by_one_and_fail_one_by_one() {
        String created = job("create", "running", "\"exec\":null");
        gateway.said.put("GET /checkpoints/ck-01k8x3aa", "200 " + BASE);
        gateway.said.put(
                "POST /vms/web/fork",
                "202 {\"checkpoint\":\"ck-01k8x3aa\",\"items\":[{\"name\":\"a-1\",\"job\":" + created
                        + ",\"problem\":null},{\"name\":\"a-2\",\"job\":null,\"problem\":"
                        + problem("vm_exists", "a-2 is taken")
                        + "}],\"succeeded\":0,\"failed\":1}");
        gateway.said.put("GET /jobs/job-7", "200 " + job("create", "succeeded", "\"exec\":null"));
        assertThat(run("fork", "ck-01k8x3aa", "--count", "2", "--name-prefix", "a"))
                .isEqualTo(ExitCode.FAILED);
        assertThat(stdout()).isEqualTo("a-1\trunning\t2.00 s\na-2\trefused\t-\n");
        assertThat(stderr()).startsWith("error: a-2: a-2 is taken\nhint: a hint\nerror: 1 of 2 forks failed\n");
        assertThat(gateway.requests())
                .anyMatch(request -> request.startsWith("POST /vms/web/fork ")
                        && request.contains("\"checkpoint\":\"ck-01k8x3aa\"")
                        && request.contains("\"count\":2")
                        && request.contains("\"namePrefix\":\"a\""));
        assertThat(run("fork", "--vm", "web", "-q")).isEqualTo(ExitCode.FAILED);
        assertThat(stdout()).isEqualTo("a-1\n");
        assertThat(run("fork", "web/base", "-o", "json")).isEqualTo(ExitCode.FAILED);
        JsonNode fork = Json.records().readTree(stdout());
        assertThat(fork.path("succeeded").asInt()).isEqualTo(1);
        assertThat(fork.path("items").get(0).path("job").path("state").asString())
                .isEqualTo("succeeded");
        assertThat(run("fork", "--vm", "web", "--no-wait")).isEqualTo(ExitCode.FAILED);
        assertThat(stdout()).startsWith("a-1\trunning\t");
    }

    @Test
    void a_vm_goes_on_from_a_checkpoint_or_goes_with_them() {
        assertThat(run("create", "try", "--checkpoint", "web/base", "--no-wait"))
                .isZero();
        assertThat(gateway.requests().getLast()).contains("\"checkpoint\":\"web/base\"");
        assertThat(run("rm", "try", "--with-checkpoints", "--no-wait")).isZero();
        assertThat(run("create", "try", "--checkpoint", "../x")).isEqualTo(ExitCode.USAGE);
        assertThat(run("fork", "web/base", "--vm", "web")).isEqualTo(ExitCode.USAGE);
        assertThat(run("fork", "web/base", "--count", "0")).isEqualTo(ExitCode.USAGE);
        assertThat(run("checkpoint", "create", "web", "--label", "A B")).isEqualTo(ExitCode.USAGE);
    }

    private String restoreTo(String... words) {
        String[] all = new String[words.length + 1];
        all[0] = "restore";
        System.arraycopy(words, 0, all, 1, words.length);
        assertThat(run(all)).as(String.join(" ", words)).isZero();
        return body().path("checkpoint").asString("null");
    }

    private JsonNode body() {
        String last = gateway.requests().getLast();
        return Json.records().readTree(last.substring(last.indexOf('{')));
    }

    private static String checkpoint(String id, String parent, String label, String pinned, String current) {
        return """
                {"id":"%s","vm":"web","vmId":"vm-1","parent":%s,"label":%s,"pinned":%s,"automatic":false,"current":%s,\
                "state":"complete","image":"busybox","memoryMib":256,"cpus":1,"diskMib":512,"pauseMillis":38.2,\
                "totalMillis":400.0,"bytes":64000000,"createdAt":"2026-01-01T00:00:0%dZ"}""".formatted(id, parent, label, pinned, current, parent.equals("null") ? 1 : 2);
    }

    private static String job(String kind, String state, String rest) {
        return """
                {"id":"job-7","kind":"%s","state":"%s","vm":"web","vmId":"vm-1","attempt":1,\
                "createdAt":"2026-01-01T00:00:00Z","endedAt":"2026-01-01T00:00:02Z",%s}""".formatted(kind, state, rest);
    }

    private static String problem(String code, String detail) {
        return "{\"type\":\"t\",\"title\":\"t\",\"status\":409,\"detail\":\"" + detail + "\",\"code\":\"" + code
                + "\",\"hint\":\"a hint\"}";
    }

    private int run(String... words) {
        out.reset();
        err.reset();
        Terminal terminal = Terminal.of(InputStream.nullInputStream(), out, err);
        Map<String, String> environment = Map.of(
                "NOID_SERVER", gateway.url(), "NOID_TOKEN", FakeGateway.TOKEN, "XDG_CONFIG_HOME", "/nonexistent");
        return new Cli(terminal, environment, directory).run(words);
    }

    private String stdout() {
        return out.toString(StandardCharsets.UTF_8);
    }

    private String stderr() {
        return err.toString(StandardCharsets.UTF_8);
    }
}
