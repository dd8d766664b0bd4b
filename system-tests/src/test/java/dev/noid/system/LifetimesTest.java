package dev.noid.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/// What ends VMs that nobody destroys: their time, idleness, the end of their commands, and that whoever made them is
/// dead. Field case 44.
class LifetimesTest {
    private static final Duration SOON = Duration.ofSeconds(20);

    private static Stack stack;

    private final List<Process> clients = new ArrayList<>();

    @BeforeAll
    static void up() {
        stack = Stack.up("stub");
    }

    @AfterAll
    static void down() {
        stack.close();
    }

    @AfterEach
    void endClients() {
        clients.forEach(Process::destroyForcibly);
        vms().forEach(vm -> stack.http().delete("/vms/" + vm.path("name").asString()));
        await().atMost(SOON).until(() -> vms().isEmpty());
    }

    @Test
    void a_run_whose_client_is_killed_leaves_neither_vm_nor_command() throws Exception {
        Process client = start("run", "--lease", "3s", "-n", "--", "sleep", "901");
        await().atMost(SOON).until(() -> !commands("sleep 901").isEmpty());

        client.destroyForcibly();
        client.waitFor();
        await().atMost(SOON)
                .until(() -> vms().isEmpty() && commands("sleep 901").isEmpty());
        assertThat(newest("destroy").path("reason").asString()).isEqualTo("lease_over");
        assertThat(newest("exec").path("state").asString()).isEqualTo("cancelled");
    }

    @Test
    void a_run_goes_on_while_its_gateway_dies_and_comes_back() throws Exception {
        Process client = start("run", "--lease", "6s", "--label", "what=long", "--", "sh", "-c", "cat; exit 7");
        await().atMost(SOON).until(() -> running("what=long"));

        JsonNode vm = vms().getFirst();
        String until = vm.path("leaseUntil").asString();
        stack.kill("gateway");
        await().atMost(Duration.ofSeconds(40)).until(() -> renewed(until));
        assertThat(vms().getFirst().path("id")).isEqualTo(vm.path("id"));
        client.getOutputStream().write("still here".getBytes(StandardCharsets.UTF_8));
        client.getOutputStream().close();
        assertThat(client.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(client.exitValue()).isEqualTo(7);
        assertThat(client.getInputStream().readAllBytes()).asString().isEqualTo("still here");
    }

    @Test
    void a_detached_run_goes_to_its_end_and_its_vm_with_it() {
        var run = stack.cli().run("run", "-d", "--label", "what=detached", "--", "sh", "-c", "sleep 2; exit 7");
        assertThat(run.exitCode()).as(run.toString()).isZero();
        JsonNode job = stack.http().ended(run.out().strip(), SOON);
        assertThat(job.at("/exec/exitCode").asInt()).as(job.toString()).isEqualTo(7);
        assertThat(job.at("/labels/what").asString()).isEqualTo("detached");
        await().atMost(SOON).until(() -> vms().isEmpty());
        assertThat(newest("destroy").path("reason").asString()).isEqualTo("execs_over");
    }

    @Test
    void a_vm_with_a_time_is_gone_after_it_and_an_idle_one_rests() {
        assertThat(stack.cli().run("create", "brief", "--ttl", "3s").exitCode()).isZero();
        assertThat(stack.cli()
                        .run("create", "rests", "--idle-stop", "2s", "--label", "team=blue")
                        .exitCode())
                .isZero();
        assertThat(stack.cli().run("get", "rests").out())
                .contains("idle stop\t2s")
                .contains("labels\tteam=blue");
        stack.http().postAndWait("/vms/rests/exec", "{\"argv\": [\"sh\", \"-c\", \"echo kept > kept\"]}");
        await().atMost(SOON).until(() -> stack.http().get("/vms/brief").status() == 404);
        await().atMost(SOON).until(() -> stack.http()
                .get("/vms/rests")
                .json()
                .path("observed")
                .asString()
                .equals("stopped"));
        assertThat(stack.http().get("/vms/rests").json().path("reason").asString())
                .isEqualTo("idle");

        var exec = stack.cli().run("exec", "rests", "-n", "--", "true");
        assertThat(exec.exitCode()).isEqualTo(125);
        assertThat(exec.err()).contains("stopped (idle)").contains("noid start rests");
        assertThat(stack.cli().run("set", "rests", "--idle-stop", "never").exitCode())
                .isZero();
        assertThat(stack.cli().run("start", "rests").exitCode()).isZero();
        assertThat(stack.cli().run("exec", "rests", "-n", "--", "cat", "kept").out())
                .isEqualTo("kept\n");
    }

    private Process start(String... words) throws IOException {
        Process client = stack.cli().start(words);
        clients.add(client);
        return client;
    }

    private static List<JsonNode> vms() {
        return stack.http().get("/vms").json().path("items").valueStream().toList();
    }

    private static boolean running(String label) {
        return stack.http()
                        .get("/jobs?state=running&label=" + label)
                        .json()
                        .path("items")
                        .size()
                == 1;
    }

    /// Also false while nobody answers.
    private static boolean renewed(String until) {
        try {
            return vms().getFirst().path("leaseUntil").asString().compareTo(until) > 0;
        } catch (AssertionError _) {
            return false;
        }
    }

    private static JsonNode newest(String kind) {
        return stack.http()
                .get("/jobs?limit=20")
                .json()
                .path("items")
                .valueStream()
                .filter(job -> job.path("kind").asString().equals(kind))
                .findFirst()
                .orElseThrow();
    }

    private static List<ProcessHandle> commands(String line) {
        return ProcessHandle.allProcesses()
                .filter(process -> process.info().commandLine().orElse("").endsWith(line)
                        && !process.info().commandLine().orElse("").contains("dev.noid.cli"))
                .toList();
    }
}
