package dev.noid.standalone.checkpoints;

import static dev.noid.standalone.checkpoints.Scene.asked;
import static dev.noid.standalone.checkpoints.Scene.refused;
import static org.assertj.core.api.Assertions.assertThat;

import dev.noid.gateway.http.HttpServer;
import dev.noid.gateway.store.JobRow;
import dev.noid.gateway.store.Jobs;
import dev.noid.gateway.store.LabelFilter;
import dev.noid.gateway.store.LabelFilter.Wanted;
import dev.noid.schema.Json;
import dev.noid.schema.api.ChangeVm;
import dev.noid.schema.api.CreateVm;
import dev.noid.schema.api.ExecVm;
import dev.noid.schema.api.Vm;
import dev.noid.schema.job.JobState;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import tools.jackson.databind.JsonNode;

/// Labels of VMs and jobs, and lists by them.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class LabelsTest {
    private final Scene scene;

    LabelsTest() throws IOException, InterruptedException, SQLException {
        scene = new Scene();
    }

    @AfterAll
    void close() throws IOException, SQLException {
        scene.close();
    }

    @BeforeEach
    void begin() throws SQLException {
        scene.begin();
    }

    @Test
    void vmsAreListedByAllLabelsThatAreAskedFor() throws SQLException {
        create("a", Map.of("team", "blue", "env", "test"));
        create("b", Map.of("team", "blue"));
        create("c", Map.of("team", "red"));
        assertThat(vms(wanted("team", "blue"))).containsExactlyInAnyOrder("a", "b");
        assertThat(vms(wanted("team", null))).containsExactlyInAnyOrder("a", "b", "c");
        assertThat(vms(wanted("team", "blue"), wanted("env", null))).containsExactly("a");
        assertThat(vms(wanted("team", "green"))).isEmpty();
        assertThat(vms()).hasSize(4);
    }

    @Test
    void labelsOfAVmAreSetAndTakenAwayOneByOne() throws SQLException {
        create("a", Map.of("team", "blue", "env", "test"));
        Map<String, @Nullable String> change = new HashMap<>();
        change.put("env", null);
        change.put("team", "red");
        change.put("build", "17");
        assertThat(scene.changes
                        .change("tenant-a", "a", new ChangeVm(null, null, null, change))
                        .labels())
                .isEqualTo(Map.of("team", "red", "build", "17"));
        change.put("team", null);
        change.put("build", null);
        assertThat(scene.changes
                        .change("tenant-a", "a", new ChangeVm(null, null, null, change))
                        .labels())
                .isNull();
        Map<String, @Nullable String> many = new HashMap<>();
        for (int i = 0; i < 32; i++) {
            many.put("k" + i, "v");
        }
        scene.changes.change("tenant-a", "a", new ChangeVm(null, null, null, many));
        assertThat(refused(() -> scene.changes.change(
                                "tenant-a", "a", new ChangeVm(null, null, null, Map.of("more", "v"))))
                        .code())
                .isEqualTo("too_many_labels");
        assertThat(vm("a").labels()).hasSize(32).doesNotContainKey("more");
    }

    @Test
    void jobsAreListedByLabelNewestFirstAndPageByPage() throws SQLException {
        String first = exec("web", Map.of("ci", "1", "stage", "build"));
        String second = exec("web", Map.of("ci", "1"));
        String third = exec("web", Map.of("ci", "2", "stage", "build"));
        exec("web", null);
        scene.end(second, "failed");
        assertThat(jobs(null, null, null, wanted("ci", "1"))).containsExactly(second, first);
        assertThat(jobs(null, null, null, wanted("ci", null))).containsExactly(third, second, first);
        assertThat(jobs(null, null, null, wanted("ci", null), wanted("stage", "build")))
                .containsExactly(third, first);
        assertThat(jobs("web", JobState.FAILED, null, wanted("ci", "1"))).containsExactly(second);
        assertThat(jobs("other", null, null, wanted("ci", "1"))).isEmpty();
        var page =
                scene.database.read(tx -> tx.jobs().list("tenant-a", null, null, filter(wanted("ci", null)), null, 2));
        assertThat(page).extracting(listed -> listed.row().id()).containsExactly(third, second);
        assertThat(jobs(null, null, page.getLast().seq(), wanted("ci", null))).containsExactly(first);
        List<Jobs.Listed> others =
                scene.database.read(tx -> tx.jobs().list("tenant-b", null, null, filter(wanted("ci", null)), null, 2));
        assertThat(others).isEmpty();
    }

    /// What has large stdin goes another way into the table than what comes with others.
    @Test
    void aJobKeepsItsLabelsWhicheverWayItCame() throws SQLException {
        Map<String, String> labels = Map.of("ci", "1", "example.com/what", "");
        JobRow small = scene.execs.exec(asked("tenant-a"), "web", body(labels, null), _ -> {});
        JobRow large = scene.execs.exec(asked("tenant-a"), "web", body(labels, "x".repeat(10_000)), _ -> {});
        for (JobRow job : List.of(small, large)) {
            assertThat(job.view().labels()).isEqualTo(labels);
            assertThat(scene.database
                            .read(tx -> tx.jobs().find("tenant-a", job.id()))
                            .orElseThrow()
                            .view()
                            .labels())
                    .isEqualTo(labels);
        }
        assertThat(jobs(null, null, null, wanted("example.com/what", ""))).containsExactly(large.id(), small.id());
    }

    /// An exec without labels costs what it did before there were any: nothing more is written.
    @Test
    void anExecWithoutLabelsWritesNothingForThem() throws SQLException {
        exec("web", null);
        assertThat(scene.text("SELECT count(*) FROM job_labels")).isEqualTo("0");
        assertThat(
                        scene.text(
                                "SELECT count(*) FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid"
                                        + " AND a.attnum = ANY (i.indkey) WHERE i.indrelid = 'jobs'::regclass AND a.attname = 'labels'"))
                .isEqualTo("0");
    }

    @Test
    void labelsGoWithTheirJob() throws SQLException {
        String job = exec("web", Map.of("ci", "1"));
        scene.end(job, "succeeded");
        scene.execute("DELETE FROM jobs");
        assertThat(scene.text("SELECT count(*) FROM job_labels")).isEqualTo("0");
    }

    @Test
    void overHttpListsTakeLabelsAndWrongOnesAreNamed() throws Exception {
        create("a", Map.of("team", "blue"));
        String job = exec("web", Map.of("ci", "1"));
        String token = scene.token("read");
        try (HttpServer server = scene.serve();
                HttpClient client = HttpClient.newHttpClient()) {
            assertThat(get(client, server, token, "/vms?label=team%3Dblue&label=team")
                            .path("items")
                            .findValuesAsString("name"))
                    .containsExactly("a");
            JsonNode jobs = get(client, server, token, "/jobs?label=ci=1").path("items");
            assertThat(jobs.findValuesAsString("id")).containsExactly(job);
            assertThat(jobs.get(0).at("/labels/ci").asString()).isEqualTo("1");
            for (String wrong : List.of("", "=x", "a=b%3Dc", "a%20b", "-a=x", "a=%C3%A9")) {
                JsonNode problem = get(client, server, token, "/jobs?label=" + wrong);
                assertThat(problem.path("code").asString()).as(wrong).isEqualTo("bad_parameter");
                assertThat(problem.path("detail").asString()).startsWith("label ");
            }
        }
    }

    /// What else is asked may be true of few of very many: each page looks through so many, and says where it was.
    @Test
    void aPageThatLooksForLongEndsAndTheNextOneGoesOn() throws Exception {
        scene.execute("INSERT INTO jobs (id, tenant_id, vm_id, kind, state, spec, labels)"
                + " SELECT 'job-' || n, 'tenant-a', 'vm-web', 'exec', CASE WHEN n = 1 THEN 'failed' ELSE 'succeeded' END,"
                + " '{\"kind\": \"exec\", \"argv\": [\"true\"]}', '{\"ci\": \"1\"}' || CASE WHEN n = 2 THEN '{\"rare\": \"1\"}'"
                + " ELSE '{}' END::jsonb FROM generate_series(1, 5100) n");
        try (HttpServer server = scene.serve();
                HttpClient client = HttpClient.newHttpClient()) {
            String token = scene.token("read");
            JsonNode first = get(client, server, token, "/jobs?label=ci=1&state=failed");
            assertThat(first.path("items").isEmpty()).isTrue();
            JsonNode second = get(
                    client,
                    server,
                    token,
                    "/jobs?label=ci=1&state=failed&cursor="
                            + URLEncoder.encode(first.path("nextCursor").asString(), StandardCharsets.UTF_8));
            assertThat(second.path("items").findValuesAsString("id")).containsExactly("job-1");
            assertThat(second.has("nextCursor")).isFalse();
            // The rarer label is walked, in whichever order they are typed.
            for (String both : List.of("label=ci=1&label=rare", "label=rare=1&label=ci=1")) {
                JsonNode page = get(client, server, token, "/jobs?" + both);
                assertThat(page.path("items").findValuesAsString("id")).as(both).containsExactly("job-2");
                assertThat(page.has("nextCursor")).isFalse();
            }
        }
    }

    private static JsonNode get(HttpClient client, HttpServer server, String token, String path) throws Exception {
        var request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + path))
                .header("Authorization", "Bearer " + token)
                .build();
        return Json.records()
                .readTree(client.send(request, HttpResponse.BodyHandlers.ofString())
                        .body());
    }

    private void create(String name, Map<String, String> labels) {
        scene.creates.create(
                asked("tenant-a"),
                new CreateVm(name, null, 64, null, null, null, null, null, null, null, null, labels));
    }

    private String exec(String vm, @Nullable Map<String, String> labels) {
        return scene.execs
                .exec(asked("tenant-a"), vm, body(labels, null), _ -> {})
                .id();
    }

    private static ExecVm body(@Nullable Map<String, String> labels, @Nullable String stdin) {
        return new ExecVm(List.of("true"), null, null, null, stdin, null, null, null, null, null, labels);
    }

    private static Wanted wanted(String key, @Nullable String value) {
        return new Wanted(key, value);
    }

    private static LabelFilter filter(Wanted... wanted) {
        return new LabelFilter(List.of(wanted));
    }

    private List<String> vms(Wanted... wanted) {
        return scene.database.read(tx -> tx.vms().list("tenant-a", filter(wanted), null, 10)).stream()
                .map(Vm::name)
                .toList();
    }

    private Vm vm(String name) {
        return scene.database.read(tx -> tx.vms().find("tenant-a", name)).orElseThrow();
    }

    private List<String> jobs(@Nullable String vm, @Nullable JobState state, @Nullable Long before, Wanted... wanted) {
        return scene.database.read(tx -> tx.jobs().list("tenant-a", vm, state, filter(wanted), before, 10)).stream()
                .map(listed -> listed.row().id())
                .toList();
    }
}
