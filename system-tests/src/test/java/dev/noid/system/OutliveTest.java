package dev.noid.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// VMs and the commands in them outlive gateway, worker, broker and database, each alone and all at once.
class OutliveTest {
    private static final int LINES = 12;
    private static final String EVERY_LINE =
            IntStream.rangeClosed(1, LINES).mapToObj(n -> n + "\n").collect(Collectors.joining());

    private static Stack stack;

    @BeforeAll
    static void up() {
        stack = Stack.up("qemu");
        assertThat(stack.cli().run("create", "web")).returns(0, Stack.Finished::exitCode);
    }

    @AfterAll
    static void down() {
        stack.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"gateway", "worker", "broker", "postgres", "gateway,worker,broker,postgres"})
    void an_exec_prints_every_line_once_and_its_exit_code_arrives_whoever_is_killed(String killed)
            throws IOException, InterruptedException {
        long vmm = stack.http().get("/vms/web").json().path("pid").asLong();
        Process exec = stack.cli()
                .start(
                        "exec",
                        "web",
                        "-n",
                        "--",
                        "sh",
                        "-c",
                        "i=0; while [ $i -lt " + LINES + " ]; do i=$((i+1)); echo $i; sleep 0.7; done; exit 9");
        Processes.Drain out = Processes.drain(exec.getInputStream());
        Processes.Drain err = Processes.drain(exec.getErrorStream());
        await().atMost(Duration.ofSeconds(30)).until(() -> out.soFar().contains("3\n"));

        List<Long> pids = List.of(killed.split(",")).stream().map(stack::pid).toList();
        pids.forEach(pid -> ProcessHandle.of(pid).orElseThrow().destroyForcibly());

        assertThat(exec.waitFor(90, TimeUnit.SECONDS))
                .as(() -> "exec hangs\n" + stack.logs())
                .isTrue();
        assertThat(out.text()).as(err.text()).isEqualTo(EVERY_LINE);
        assertThat(exec.exitValue()).as(err.text()).isEqualTo(9);
        // A process that was killed may be on its way back still.
        await().atMost(Duration.ofSeconds(30)).ignoreExceptions().untilAsserted(() -> assertThat(
                        stack.http().get("/vms/web").json().path("pid").asLong())
                .isEqualTo(vmm));
        assertThat(ProcessHandle.of(vmm)).isPresent();
        assertThat(stack.http().get("/jobs?state=lost").json().path("items")).isEmpty();
    }

    @Test
    void with_the_broker_away_an_exec_is_accepted_and_starts_when_it_is_back() {
        stack.freeze("broker");
        String job;
        try {
            var reply = stack.http().post("/vms/web/exec", "{\"argv\":[\"true\"]}");
            assertThat(reply.status()).isEqualTo(202);
            assertThat(reply.response().headers().firstValue("Location")).isPresent();
            job = reply.json().path("id").asString();
            assertThat(stack.http()
                            .get("/jobs/" + job + "?wait=2")
                            .json()
                            .path("state")
                            .asString())
                    .isEqualTo("placed");
        } finally {
            stack.thaw("broker");
        }
        assertThat(stack.http().ended(job, Duration.ofSeconds(45)).path("state").asString())
                .isEqualTo("succeeded");
    }

    @Test
    void an_exec_cancelled_before_its_worker_heard_of_it_never_runs_and_its_output_ends_at_once() {
        stack.freeze("broker");
        String job;
        try {
            job = stack.http()
                    .post("/vms/web/exec", "{\"argv\":[\"touch\",\"/ran\"]}")
                    .json()
                    .path("id")
                    .asString();
            assertThat(stack.http()
                            .post("/jobs/" + job + "/cancel", "")
                            .json()
                            .path("state")
                            .asString())
                    .isEqualTo("cancelling");
        } finally {
            stack.thaw("broker");
        }
        assertThat(stack.http().ended(job, Duration.ofSeconds(45)).path("state").asString())
                .isEqualTo("cancelled");
        assertThat(stack.http()
                        .postAndWait("/vms/web/exec", "{\"argv\":[\"ls\",\"/ran\"]}")
                        .json()
                        .path("exec")
                        .path("exitCode")
                        .asInt())
                .isEqualTo(1);
        Http.Reply output = assertTimeoutPreemptively(
                Duration.ofSeconds(10), () -> stack.http().get("/jobs/" + job + "/output"));
        assertThat(output.status()).isEqualTo(200);
        assertThat(output.response().body()).doesNotContain("\"gap\"");
    }
}
