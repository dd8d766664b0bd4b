package dev.noid.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.noid.cli.print.Terminal;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What is typed about lifetimes and labels, and what becomes of it. Field case 44.
class LifetimeWordsTest {
    private static final String VM = """
            {"id":"vm-1","name":"web","desired":"stopped","observed":"stopped","reason":"idle","generation":1,\
            "image":"busybox","memoryMib":256,"cpus":1,"diskMib":512,"labels":{"team":"blue"},"idleStopSeconds":900,\
            "expiresAt":"2027-01-01T00:00:00Z","ephemeral":true,\
            "createdAt":"2026-01-01T00:00:00Z","updatedAt":"2026-01-01T00:00:00Z"}""";

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
    void create_says_how_long_it_is_wanted_and_its_labels() {
        assertThat(run(
                        "create",
                        "web",
                        "--ttl",
                        "2h",
                        "--idle-stop",
                        "15m",
                        "--label",
                        "team=blue",
                        "--label",
                        "x=",
                        "--no-wait"))
                .isZero();
        assertThat(gateway.requests().getFirst())
                .isEqualTo("POST /vms {\"name\":\"web\",\"ttlSeconds\":7200,"
                        + "\"idleStopSeconds\":900,\"labels\":{\"team\":\"blue\",\"x\":\"\"}}");
        assertThat(run("fork", "--vm", "web", "--ttl", "500ms", "--label", "a=b", "--no-wait"))
                .isNotZero();
        assertThat(gateway.requests())
                .contains("POST /vms/web/fork {\"count\":1,\"ttlSeconds\":1,\"labels\":{\"a\":\"b\"}}");
    }

    @Test
    void what_is_wrong_about_labels_and_times_is_said_before_anything_is_asked() {
        assertThat(run("create", "--label", "team")).isEqualTo(ExitCode.USAGE);
        assertThat(stderr()).contains("--label is 'team', which has no value");
        assertThat(run("create", "--label", "-a=b")).isEqualTo(ExitCode.USAGE);
        assertThat(run("exec", "web", "--label", "a=b c", "--", "true")).isNotZero();
        assertThat(stderr()).contains("has the value 'b c'");
        assertThat(run("ls", "-l", "=x")).isEqualTo(ExitCode.USAGE);
        assertThat(run("create", "--ttl", "0s")).isEqualTo(ExitCode.USAGE);
        assertThat(stderr()).contains("--ttl is '0s', which is no time at all");
        assertThat(run("create", "--if-missing")).isEqualTo(ExitCode.USAGE);
        assertThat(run("set", "web")).isEqualTo(ExitCode.USAGE);
        assertThat(run("set", "web", "--label", "a=b", "--unlabel", "a")).isEqualTo(ExitCode.USAGE);
        assertThat(run("run", "-d", "--lease", "5s", "--", "true")).isNotZero();
        assertThat(gateway.requests()).isEmpty();
    }

    @Test
    void a_vm_that_is_there_is_named_and_said_to_rest() {
        gateway.said.put("POST /vms", "200 " + VM);
        assertThat(run("create", "web", "--if-missing")).isZero();
        assertThat(stdout()).isEqualTo("web\n");
        assertThat(stderr()).contains("web is stopped; noid start web");
        assertThat(gateway.requests().getFirst()).isEqualTo("POST /vms {\"name\":\"web\",\"ifMissing\":true}");
    }

    @Test
    void a_vm_that_is_being_destroyed_is_waited_for_and_then_made() {
        gateway.said.put(
                "POST /vms",
                "409 {\"status\":409,\"code\":\"vm_being_destroyed\",\"title\":\"x\",\"detail\":\"It goes.\"}");
        var code = CompletableFuture.supplyAsync(() -> run("create", "web", "--if-missing", "--no-wait"));
        await().until(() -> gateway.requests().size() >= 2);
        gateway.said.clear();
        assertThat(code.join()).isZero();
        assertThat(stdout()).isEqualTo("made-up\n");
    }

    @Test
    void what_is_set_is_what_changes() {
        gateway.said.put("PATCH /vms/web", "200 " + VM);
        assertThat(run("set", "web", "--ttl", "never", "--idle-stop", "15m", "--label", "a=b", "--unlabel", "c"))
                .isZero();
        assertThat(gateway.requests())
                .containsExactly(
                        "PATCH /vms/web {\"ttlSeconds\":0,\"idleStopSeconds\":900,\"labels\":{\"a\":\"b\",\"c\":null}}");
        assertThat(stdout()).isEqualTo("web\n");
    }

    @Test
    void get_shows_what_a_vm_has_of_it() {
        gateway.said.put("GET /vms/web", "200 " + VM);
        assertThat(run("get", "web")).isZero();
        assertThat(stdout())
                .contains("state\tstopped: idle\n")
                .contains("labels\tteam=blue\n")
                .contains("idle stop\t15m\n")
                .contains("expires\t2027-01-01T00:00:00Z\n")
                .contains("ephemeral\tdestroyed once its execs are over\n");
    }

    @Test
    void lists_are_asked_for_by_label() {
        gateway.queries.clear();
        assertThat(run("ls", "-l", "team=blue", "-l", "ci.example.com/x")).isZero();
        gateway.said.put("GET /jobs", "200 {\"items\":[]}");
        assertThat(run("job", "ls", "-l", "build=17")).isZero();
        assertThat(gateway.queries)
                .containsExactly("label=team%3Dblue&label=ci.example.com%2Fx", "limit=50&label=build%3D17");
    }

    @Test
    void a_run_keeps_its_vm_while_it_lives_also_across_a_gateways_death() throws Exception {
        gateway.said.put("PATCH /vms/made-up", "200 " + VM);
        var code = CompletableFuture.supplyAsync(() -> run("run", "--lease", "1s", "--label", "a=b", "-n", "--", "x"));
        await().until(() -> renewals() > 1);
        assertThat(gateway.requests().getFirst())
                .isEqualTo("POST /vms {\"leaseSeconds\":1,\"ephemeral\":true,\"labels\":{\"a\":\"b\"}}");
        gateway.restart(Duration.ofMillis(700));
        long before = renewals();
        await().until(() -> renewals() > before);
        gateway.process.exit(3);
        assertThat(code.join()).isEqualTo(3);
        long after = renewals();
        assertThat(gateway.requests().getLast()).startsWith("DELETE /vms/made-up");
        assertThat(renewals()).isEqualTo(after);
    }

    @Test
    void a_detached_run_leaves_its_vm_to_the_server() {
        assertThat(run("run", "-d", "--", "make", "test")).isZero();
        assertThat(stdout()).isEqualTo("job-1\n");
        assertThat(gateway.requests().getFirst()).isEqualTo("POST /vms {\"ephemeral\":true}");
        assertThat(gateway.requests()).noneMatch(request -> request.startsWith("DELETE"));
    }

    @Test
    void a_detached_run_that_is_refused_leaves_nothing() {
        gateway.said.put(
                "POST /vms/made-up/exec", "422 {\"status\":422,\"code\":\"x\",\"title\":\"x\",\"detail\":\"no\"}");
        assertThat(run("run", "-d", "--", "make", "test")).isEqualTo(ExitCode.NOID_FAILED);
        assertThat(gateway.requests().getLast()).startsWith("DELETE /vms/made-up");
    }

    private long renewals() {
        return gateway.requests().stream()
                .filter(request -> request.equals("PATCH /vms/made-up {\"leaseSeconds\":1}"))
                .count();
    }

    private int run(String... words) {
        out.reset();
        err.reset();
        Map<String, String> environment = Map.of(
                "NOID_SERVER", gateway.url(), "NOID_TOKEN", FakeGateway.TOKEN, "XDG_CONFIG_HOME", "/nonexistent");
        return new Cli(Terminal.of(InputStream.nullInputStream(), out, err), environment, directory)
                .run(List.of(words).toArray(String[]::new));
    }

    private String stdout() {
        return out.toString(StandardCharsets.UTF_8);
    }

    private String stderr() {
        return err.toString(StandardCharsets.UTF_8);
    }
}
