package dev.noid.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.noid.schema.Json;
import dev.noid.schema.api.OutputLine;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/// Commands that run while their VM is checkpointed go on as if nothing had happened; those that run while it is put
/// back belong to the past, and so do the copies of them in forks.
class ExecAcrossTest {
    private static Stack stack;
    private static Vm web;

    @BeforeAll
    static void up() {
        stack = Stack.up("qemu");
        web = Vm.create(stack, "web", 128);
    }

    @AfterAll
    static void down() {
        stack.close();
    }

    private static String numbers(int to) {
        return "i=0; while [ $i -lt " + to + " ]; do i=$((i+1)); echo $i; sleep 0.02; done; exit 7";
    }

    private static String everyNumber(int to) {
        return IntStream.rangeClosed(1, to).mapToObj(n -> n + "\n").collect(Collectors.joining());
    }

    @Test
    void across_checkpoints_every_number_is_printed_once_and_the_exit_code_arrives() throws Exception {
        Process exec = stack.cli().start("exec", "web", "-n", "--", "sh", "-c", numbers(150));
        Processes.Drain out = Processes.drain(exec.getInputStream());
        Processes.Drain err = Processes.drain(exec.getErrorStream());
        await().atMost(Duration.ofSeconds(20)).until(() -> out.soFar().contains("9\n"));
        while (exec.isAlive()) {
            web.checkpoint(null);
        }
        assertThat(out.text()).as(err.text()).isEqualTo(everyNumber(150));
        assertThat(exec.waitFor()).as(err.text()).isEqualTo(7);
        assertThat(web.checkpoints()).hasSizeGreaterThan(1);
    }

    @Test
    void across_a_restore_it_ends_cancelled_and_its_stream_says_restored() throws Exception {
        String checkpoint = web.checkpoint(null);
        Process exec = stack.cli().start("exec", "web", "-n", "--", "sh", "-c", numbers(100_000));
        Processes.Drain out = Processes.drain(exec.getInputStream());
        Processes.Drain err = Processes.drain(exec.getErrorStream());
        await().atMost(Duration.ofSeconds(20)).until(() -> out.soFar().contains("9\n"));
        String job = newest("running");

        web.restore(checkpoint, false);

        assertThat(exec.waitFor(20, TimeUnit.SECONDS)).as(stack.logs()).isTrue();
        assertThat(exec.exitValue()).as(err.text()).isEqualTo(125);
        assertThat(err.text()).contains("put back to " + checkpoint);
        JsonNode ended = stack.http().get("/jobs/" + job).json();
        assertThat(ended.path("state").asString()).as(ended.toString()).isEqualTo("cancelled");
        assertThat(ended.at("/error/code").asString()).isEqualTo("restored");
        List<String> lines = lines("/jobs/" + job + "/output");
        assertThat(Json.records().readValue(lines.get(lines.size() - 2), OutputLine.class))
                .isEqualTo(new OutputLine.Restored(checkpoint));
        assertThat(lines.getLast()).contains("\"ended\"");
        // No byte of it is missing that the person saw, and it begins at 1.
        assertThat(everyNumber(100_000)).startsWith(out.text());
        assertThat(stdout(lines)).startsWith(out.text());
        assertThat(web.sh("echo on")).isEqualTo("on\n");
    }

    @Test
    void a_forks_copy_of_it_writes_nothing_into_the_job_and_all_of_it_into_the_forks_log() {
        Vm source = Vm.create(stack, "source", 128);
        String job = source.begin(numbers(200));
        await().atMost(Duration.ofSeconds(20))
                .until(() -> stdout(lines("/jobs/" + job + "/output")).contains("9\n"));
        String checkpoint = source.checkpoint(null);
        Vm fork = source.fork(checkpoint, 1, "copy").getFirst();
        // The copy is over when its last number is in the fork.
        await().atMost(Duration.ofSeconds(40))
                .until(() -> fork.sh("pgrep -f 'lt 200' || true").isEmpty());

        JsonNode ended = source.ended(job, "failed");
        assertThat(ended.at("/exec/exitCode").asInt()).isEqualTo(7);
        assertThat(stdout(lines("/jobs/" + job + "/output"))).isEqualTo(everyNumber(200));
        assertThat(ended.at("/exec/stdoutBytes").asLong())
                .isEqualTo(everyNumber(200).length());
        assertThat(stack.http().get("/jobs/" + job).json()).isEqualTo(ended);
        assertThat(stack.http().get("/jobs?state=lost").json().path("items")).isEmpty();
        // From where the copy began, to the end; a worker's pace is half a second.
        await().atMost(Duration.ofSeconds(10)).until(() -> log(fork).endsWith("\n200\n"));
        assertThat(everyNumber(200)).endsWith(log(fork));
        assertThat(log(source)).isEmpty();
        fork.destroy(true);
        source.destroy(true);
    }

    @Test
    void what_a_restored_copy_writes_is_in_the_vms_log_also_across_a_worker_that_is_killed() throws Exception {
        Vm vm = Vm.create(stack, "logged", 128);
        vm.begin("i=0; while :; do i=$((i+1)); echo $i; sleep 0.1; done");
        String checkpoint = vm.checkpoint(null);
        vm.restore(checkpoint, false);
        Process logs = stack.cli().start("logs", "logged", "-f");
        Processes.Drain out = Processes.drain(logs.getInputStream());
        await().atMost(Duration.ofSeconds(20)).until(() -> out.soFar().lines().count() > 10);
        stack.kill("worker");
        long then = out.soFar().lines().count();
        await().atMost(Duration.ofSeconds(40)).until(() -> out.soFar().lines().count() > then + 30);

        vm.restore(checkpoint, false);
        assertThat(logs.waitFor(20, TimeUnit.SECONDS))
                .as("the one that was followed is gone")
                .isTrue();
        assertThat(logs.exitValue()).isZero();
        List<Long> numbers = out.text().lines().skip(1).map(Long::valueOf).toList();
        assertThat(numbers).as("each once and in order").isSorted().doesNotHaveDuplicates();
        vm.destroy(true);
    }

    @Test
    void a_log_that_is_followed_goes_on_over_a_gateway_that_is_killed_and_is_there_after_a_restore() throws Exception {
        Vm vm = Vm.create(stack, "watched", 128);
        vm.begin("i=0; while :; do i=$((i+1)); echo $i; sleep 0.05; done");
        String checkpoint = vm.checkpoint(null);
        vm.restore(checkpoint, false);
        Process logs = stack.cli().start("logs", "watched", "-f");
        Processes.Drain out = Processes.drain(logs.getInputStream());
        Processes.Drain err = Processes.drain(logs.getErrorStream());
        for (int killed = 0; killed < 2; killed++) {
            long then = out.soFar().lines().count();
            await().atMost(Duration.ofSeconds(40))
                    .until(() -> out.soFar().lines().count() > then + 20);
            stack.kill("gateway");
        }
        long then = out.soFar().lines().count();
        await().atMost(Duration.ofSeconds(40)).until(() -> out.soFar().lines().count() > then + 20);
        String named = stack.http()
                .get(vm.path() + "/logs")
                .response()
                .body()
                .lines()
                .findFirst()
                .orElseThrow();
        String first = Json.records().readTree(named).path("log").asString();

        vm.restore(checkpoint, false);
        assertThat(logs.waitFor(20, TimeUnit.SECONDS)).isTrue();
        assertThat(logs.exitValue()).as(err.text()).isZero();
        assertThat(err.text()).contains("put back").doesNotContain("error");
        List<Long> numbers = out.text().lines().skip(1).map(Long::valueOf).toList();
        assertThat(numbers)
                .as("each once, none left out")
                .isEqualTo(LongStream.rangeClosed(numbers.getFirst(), numbers.getLast())
                        .boxed()
                        .toList());
        assertThat(stdout(lines(vm.path() + "/logs?log=" + first))).isEqualTo(out.text());
        assertThat(stack.http().get(vm.path() + "/logs?log=vm-1.1").status()).isEqualTo(404);
        vm.destroy(true);
        assertThat(stdout(lines("/vms/watched/logs?log=" + first)))
                .as("of a VM that is gone")
                .isEqualTo(out.text());
    }

    private static String log(Vm vm) {
        return stdout(lines(vm.path() + "/logs"));
    }

    private static String newest(String state) {
        return stack.http()
                .get("/jobs?vm=web&state=" + state)
                .json()
                .at("/items/0/id")
                .asString();
    }

    /// What there is by now.
    private static List<String> lines(String path) {
        Http.Reply reply = stack.http().get(path);
        assertThat(reply.status()).as(reply.toString()).isEqualTo(200);
        return reply.response().body().lines().filter(line -> !line.isBlank()).toList();
    }

    private static String stdout(List<String> lines) {
        StringBuilder text = new StringBuilder();
        for (String line : lines) {
            if (Json.records().readValue(line, OutputLine.class)
                    instanceof OutputLine.Chunk(var _, long offset, byte[] bytes)) {
                assertThat(offset).isEqualTo(text.length());
                text.append(new String(bytes, StandardCharsets.UTF_8));
            }
        }
        return text.toString();
    }
}
