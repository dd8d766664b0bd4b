package dev.noid.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// What the README promises, in a real VM, as a person does it.
class WholePathTest {
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

    @Test
    void run_makes_a_vm_runs_the_command_passes_its_streams_and_exit_code_through_and_leaves_nothing() {
        var run = stack.cli().run("run", "--", "sh", "-c", "echo out; echo err >&2; exit 7");
        assertThat(run.out()).isEqualTo("out\n");
        assertThat(run.err()).isEqualTo("err\n");
        assertThat(run.exitCode()).isEqualTo(7);
        assertThat(stack.cli().run("ls", "-q").out()).isEqualTo("web\n");
    }

    @Test
    void the_command_runs_in_a_real_vm_and_not_on_this_host() throws java.io.IOException {
        var vm = stack.http().get("/vms/web").json();
        assertThat(vm.path("engine").asString()).isEqualTo("qemu");
        var guest = stack.cli().run("exec", "web", "--", "cat", "/proc/sys/kernel/random/boot_id");
        assertThat(guest.out())
                .isNotEqualTo(java.nio.file.Files.readString(java.nio.file.Path.of("/proc/sys/kernel/random/boot_id")));
        assertThat(guest.out()).hasSize(37);
    }

    @Test
    void argv_env_cwd_and_user_arrive_as_they_were_given() {
        var exec = stack.cli()
                .run(
                        "exec",
                        "web",
                        "-e",
                        "GREETING=a b  c'\"$x",
                        "-w",
                        "/srv",
                        "-u",
                        "user",
                        "--",
                        "sh",
                        "-c",
                        "echo \"$GREETING\"; pwd; id -un; echo \"$1|$2\"",
                        "sh",
                        "one two",
                        "");
        assertThat(exec.out()).isEqualTo("a b  c'\"$x\n/srv\nuser\none two|\n");
    }

    @Test
    void bytes_pass_through_stdin_and_stdout_untouched() {
        String all = "\u0000\r\n\t\u001b[31mé\n";
        var cat = stack.cli().runWith(all, "exec", "web", "--", "cat");
        assertThat(cat).isEqualTo(new Stack.Finished(0, all, ""));
    }

    @Test
    void a_program_that_is_not_there_is_127_and_one_that_cannot_run_is_126() {
        assertThat(stack.cli().run("exec", "web", "--", "no-such-program").exitCode())
                .isEqualTo(127);
        assertThat(stack.cli().run("exec", "web", "--", "/etc/passwd").exitCode())
                .isEqualTo(126);
    }

    @Test
    void a_timeout_is_124_and_a_signal_is_128_and_its_number() {
        assertThat(stack.cli()
                        .run("exec", "web", "--timeout", "1s", "--", "sleep", "60")
                        .exitCode())
                .isEqualTo(124);
        assertThat(stack.cli()
                        .run("exec", "web", "--", "sh", "-c", "kill -KILL $$")
                        .exitCode())
                .isEqualTo(137);
    }

    @Test
    void noids_own_failures_are_125_with_a_line_what_and_a_line_hint() {
        var exec = stack.cli().run("exec", "not-there", "--", "true");
        assertThat(exec.exitCode()).isEqualTo(125);
        assertThat(exec.err().lines()).hasSize(2);
        assertThat(exec.err()).startsWith("error: ").contains("hint: ");
    }

    @Test
    void files_and_the_grown_disk_survive_stop_and_start() {
        assertThat(stack.cli().run("create", "disk", "--disk", "1G").exitCode()).isZero();
        assertThat(stack.cli()
                        .run("exec", "disk", "--", "sh", "-c", "echo kept > /srv/file; sync")
                        .exitCode())
                .isZero();
        assertThat(stack.cli().run("stop", "disk").exitCode()).isZero();
        assertThat(stack.cli().run("exec", "disk", "--", "true").err()).contains("noid start disk");
        assertThat(stack.cli().run("start", "disk").exitCode()).isZero();
        assertThat(stack.cli().run("exec", "disk", "--", "cat", "/srv/file").out())
                .isEqualTo("kept\n");
        String size = stack.cli()
                .run("exec", "disk", "--", "sh", "-c", "df -m / | tail -1 | awk '{print $2}'")
                .out();
        assertThat(Integer.parseInt(size.strip())).isBetween(900, 1024);
        assertThat(stack.cli().run("rm", "disk").exitCode()).isZero();
    }

    @Test
    void a_waited_exec_replies_with_exit_code_and_both_streams() {
        var reply = stack.http()
                .postAndWait("/vms/web/exec", "{\"argv\":[\"sh\",\"-c\",\"echo out; echo err >&2; exit 3\"]}");
        assertThat(reply.status()).as(reply.toString()).isEqualTo(200);
        assertThat(reply.json().at("/exec/exitCode").asInt()).isEqualTo(3);
        assertThat(reply.json().at("/output/stdout").asString()).isEqualTo("out\n");
        assertThat(reply.json().at("/output/stderr").asString()).isEqualTo("err\n");
        assertThat(reply.json().at("/output/truncated").asBoolean()).isFalse();
    }

    @Test
    void output_can_be_read_again_from_any_offset() {
        var job = stack.http()
                .postAndWait("/vms/web/exec", "{\"argv\":[\"sh\",\"-c\",\"printf 0123456789\"]}")
                .json();
        var lines = stack.http()
                .get("/jobs/" + job.path("id").asString() + "/output?stdout=4")
                .response()
                .body()
                .lines()
                .toList();
        assertThat(lines).hasSize(2);
        assertThat(lines.getFirst()).contains("\"offset\":4").contains("\"base64\":\"NDU2Nzg5\"");
        assertThat(lines.getLast()).contains("\"type\":\"ended\"");
    }

    @Test
    void a_job_says_where_its_time_went() {
        var job = stack.http()
                .postAndWait("/vms/web/exec", "{\"argv\":[\"true\"]}")
                .json();
        assertThat(job.path("timing").path("total").asDouble()).isPositive();
    }

    @Test
    void delete_works_while_the_vm_is_being_made_and_twice() {
        var created = stack.http().post("/vms", "{\"name\":\"brief\"}");
        assertThat(created.status()).isEqualTo(202);
        var first = stack.http().delete("/vms/brief");
        var second = stack.http().delete("/vms/brief");
        assertThat(List.of(first.status(), second.status())).allMatch(status -> status == 200 || status == 202);
        assertThat(second.json().path("id").asString())
                .isEqualTo(first.json().path("id").asString());
        var destroyed = stack.http().ended(first.json().path("id").asString(), Duration.ofSeconds(30));
        assertThat(destroyed.path("state").asString()).isEqualTo("succeeded");
        assertThat(stack.http().get("/vms/brief").status()).isEqualTo(404);
    }

    @Test
    void a_tree_of_files_goes_in_through_tar() throws Exception {
        var tar = new ProcessBuilder("tar", "c", "-C", "src/test/java", "dev").start();
        byte[] archive = tar.getInputStream().readAllBytes();
        var in = Processes.run(
                Stack.noid("exec", "web", "--", "tar", "x", "-C", "/srv"),
                stack.environment(),
                archive,
                Duration.ofSeconds(60));
        assertThat(in).isEqualTo(new Stack.Finished(0, "", ""));
        assertThat(stack.cli()
                        .run("exec", "web", "--", "cat", "/srv/dev/noid/system/package-info.java")
                        .out())
                .contains("package dev.noid.system;");
    }
}
