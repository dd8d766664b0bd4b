package dev.noid.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.noid.cli.print.Terminal;
import dev.noid.schema.Json;
import java.io.ByteArrayOutputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.Pipe;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/// What a person types, and what comes back.
class CliTest {
    private static final String VM = """
            {"items":[{"id":"vm-1","name":"web","desired":"running","observed":"running","generation":1,\
            "image":"busybox","memoryMib":256,"cpus":1,"diskMib":512,"host":"h1","engine":"qemu","isolation":"none",\
            "createdAt":"2026-01-01T00:00:00Z","updatedAt":"2026-01-01T00:00:00Z","fromTheFuture":1}]}""";

    @TempDir
    Path directory;

    private final FakeGateway gateway = new FakeGateway();
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();
    private final Map<String, String> environment = new HashMap<>(
            Map.of("NOID_SERVER", gateway.url(), "NOID_TOKEN", FakeGateway.TOKEN, "XDG_CONFIG_HOME", "/nonexistent"));

    @AfterEach
    void stop() {
        gateway.close();
    }

    @Test
    void every_command_has_an_example_in_its_help() {
        Session session = new Session(terminal(), environment, directory, null);
        List<CommandLine> all = new ArrayList<>(List.of(cli().commandLine(session)));
        for (int i = 0; i < all.size(); i++) {
            CommandLine command = all.get(i);
            String help = command.getUsageMessage(CommandLine.Help.Ansi.OFF);
            String name = command.getCommandSpec().qualifiedName();
            assertThat(help).as(name).contains("Example:");
            assertThat(help.substring(help.indexOf("Example:"))).as(name).contains(name);
            assertThat(command.getCommandSpec().usageMessage().description())
                    .as(name)
                    .isNotEmpty();
            all.addAll(List.copyOf(
                    new java.util.LinkedHashSet<>(command.getSubcommands().values())));
        }
        assertThat(all).hasSizeGreaterThan(20);
    }

    @Test
    void lists_are_json_for_jq_names_for_xargs_and_tabs_for_cut() {
        gateway.answers.add(VM);
        assertThat(run("ls", "-o", "json")).isZero();
        assertThat(Json.records().readTree(stdout()).get(0).get("fromTheFuture").asInt())
                .isEqualTo(1);
        assertThat(run("ls", "-q")).isZero();
        assertThat(stdout()).isEqualTo("web\n");
        assertThat(run("ls")).isZero();
        assertThat(stdout()).startsWith("web\trunning\tbusybox\t256M\t1\t512M\th1\t");
    }

    @Test
    void slips_of_the_fingers_are_recognised() {
        assertThat(run("lss")).isEqualTo(ExitCode.USAGE);
        assertThat(stderr()).isEqualTo("error: unknown command 'lss'\nhint: did you mean noid ls?\n");
        assertThat(run("create", "--memry", "1G")).isEqualTo(ExitCode.USAGE);
        assertThat(stderr()).isEqualTo("error: unknown option '--memry'\nhint: did you mean --memory?\n");
        assertThat(run("exec", "web", "uname", "-a")).isEqualTo(ExitCode.USAGE);
        assertThat(run("exec", "web", "uname")).isEqualTo(ExitCode.USAGE);
        assertThat(stderr()).endsWith("hint: noid exec web -- uname\n");
        assertThat(run("create", "Web")).isEqualTo(ExitCode.USAGE);
        assertThat(run("create", "web", "--memory", "12")).isEqualTo(ExitCode.USAGE);
        assertThat(run("job", "get", "../vms")).isEqualTo(ExitCode.USAGE);
        assertThat(run("job", "ls", "--state", "flying")).isEqualTo(ExitCode.USAGE);
        assertThat(gateway.requests()).isEmpty();
    }

    @Test
    void words_behind_the_dashes_are_the_commands_own() {
        gateway.process.exit(0);
        assertThat(run("exec", "web", "-n", "-e", "A=b=c", "-w", "/srv", "--", "ls", "--server", "-n", "--", "x"))
                .isZero();
        String body = gateway.requests().getFirst();
        assertThat(body).startsWith("POST /vms/web/exec ");
        assertThat(body).contains("\"argv\":[\"ls\",\"--server\",\"-n\",\"--\",\"x\"]");
        assertThat(body).contains("\"env\":{\"A\":\"b=c\"}").contains("\"cwd\":\"/srv\"");
        assertThat(body).contains("\"stdinFollows\":false");
    }

    @Test
    void words_behind_the_dashes_are_noids_own_where_no_command_is_run() throws Exception {
        Files.writeString(directory.resolve(".noid"), "vm = \"active\"");
        run("rm", "--no-wait", "--", "web");
        run("--server", gateway.url(), "rm", "--no-wait", "--", "web");
        assertThat(gateway.requests()).containsExactly("DELETE /vms/web ", "DELETE /vms/web ");
        gateway.requests().clear();
        run("restore", "--no-wait", "--", "web", "before");
        assertThat(gateway.requests()).containsExactly("POST /vms/web/restore {\"checkpoint\":\"before\"}");
        gateway.requests().clear();
        run("create", "--no-wait", "--", "web");
        assertThat(gateway.requests().getFirst()).startsWith("POST /vms ").contains("\"name\":\"web\"");
        gateway.requests().clear();
        for (String command : List.of("stop", "start", "get", "logs", "use")) {
            run(command, "--", "other");
            assertThat(gateway.requests()).as(command).isNotEmpty().allMatch(request -> request.contains("/vms/other"));
            gateway.requests().clear();
        }
        run("checkpoint", "prune", "--", "other");
        assertThat(gateway.requests()).isNotEmpty().noneMatch(request -> request.contains("active"));
        gateway.requests().clear();
        assertThat(run("rm", "--", "--with-checkpoints")).isEqualTo(ExitCode.USAGE);
        assertThat(run("--", "rm", "web")).isEqualTo(ExitCode.USAGE);
        assertThat(gateway.requests()).isEmpty();
    }

    @Test
    void a_command_is_run_behind_the_dashes_whatever_stands_before_its_word() {
        gateway.process.exit(0);
        environment.put("NOID_SERVER", "http://127.0.0.1:1");
        assertThat(run("--server", gateway.url(), "x", "web", "-n", "--", "ls", "-l"))
                .isZero();
        assertThat(gateway.requests().getFirst()).contains("\"argv\":[\"ls\",\"-l\"]");
    }

    @Test
    void settings_that_are_not_good_fail_exec_and_run_alike() throws Exception {
        Path config = Files.createDirectory(directory.resolve("noid")).resolve("config.toml");
        Files.writeString(config, "token = \"t\"");
        Files.setPosixFilePermissions(config, PosixFilePermissions.fromString("rw-r--r--"));
        environment.put("XDG_CONFIG_HOME", directory.toString());
        assertThat(run("run", "-n", "--", "true")).isEqualTo(ExitCode.NOID_FAILED);
        assertThat(stderr()).contains("chmod 600");
        assertThat(run("exec", "web", "-n", "--", "true")).isEqualTo(ExitCode.NOID_FAILED);
        assertThat(stderr()).contains("chmod 600");
        assertThat(run("exec", "-n", "--", "true")).isEqualTo(ExitCode.NOID_FAILED);
        assertThat(run("ls")).isEqualTo(ExitCode.AUTH);
    }

    @Test
    void a_vm_named_to_run_is_said_to_be_execs() {
        assertThat(run("run", "web", "--", "uname", "-a")).isEqualTo(ExitCode.USAGE);
        assertThat(stderr()).isEqualTo("""
                error: run makes a VM of its own and takes no name: web
                hint: in a VM that is there: noid exec web -- uname -a
                """);
        assertThat(run("run", "uname", "-n")).isEqualTo(ExitCode.USAGE);
        assertThat(stderr()).isEqualTo("error: '--' is missing before the command\nhint: noid run -- uname\n");
        assertThat(run("run")).isEqualTo(ExitCode.USAGE);
        assertThat(stderr()).startsWith("error: no command\n");
        assertThat(run("run", "--")).isEqualTo(ExitCode.USAGE);
        assertThat(stderr()).startsWith("error: no command\n");
        assertThat(gateway.requests()).isEmpty();
    }

    @Test
    void the_active_vm_is_meant_when_none_is_named() throws Exception {
        gateway.process.exit(5);
        Files.writeString(directory.resolve(".noid"), "vm = \"active\"");
        assertThat(run("exec", "-n", "--", "true")).isEqualTo(5);
        assertThat(gateway.requests().getFirst()).startsWith("POST /vms/active/exec");
    }

    @Test
    void run_destroys_its_vm_whatever_the_command_said() {
        gateway.process.exit(9);
        assertThat(run("run", "-n", "--", "false")).isEqualTo(9);
        assertThat(gateway.requests()).anyMatch(request -> request.startsWith("DELETE /vms/made-up"));
    }

    @Test
    void detached_prints_the_job() {
        assertThat(run("exec", "web", "-d", "--", "sleep", "9")).isZero();
        assertThat(stdout()).isEqualTo("job-1\n");
    }

    @Test
    void problems_are_one_line_what_and_one_line_hint() {
        assertThat(run("get", "nix")).isEqualTo(ExitCode.FAILED);
        assertThat(stderr()).isEqualTo("error: no VM nix\nhint: a hint\n");
        environment.put("NOID_TOKEN", "wrong");
        assertThat(run("ls")).isEqualTo(ExitCode.AUTH);
        assertThat(run("exec", "web", "-n", "--", "true")).isEqualTo(ExitCode.NOID_FAILED);
    }

    @Test
    void use_writes_only_names_somebody_has() {
        assertThat(run("use", "nix")).isEqualTo(ExitCode.FAILED);
        assertThat(directory.resolve(".noid")).doesNotExist();
    }

    @Test
    void a_log_says_what_was_left_out_and_why_nothing_more_comes() {
        String begins = """
                200 {"type":"log","log":"vm-1.2"}
                {"type":"gap","stream":"stdout","from":0,"to":7}
                {"type":"chunk","stream":"stdout","offset":7,"base64":"aGkK"}
                """;
        gateway.said.put("GET /vms/web/logs", begins);
        assertThat(run("logs", "web")).isZero();
        assertThat(out).hasToString("hi\n");
        assertThat(err).hasToString("note: 7 bytes of it were left out, or are not kept any more\n");
        gateway.said.put("GET /vms/web/logs", begins + "{\"type\":\"log_ended\",\"why\":\"stopped\"}\n");
        assertThat(run("logs", "web", "-f")).isZero();
        assertThat(stderr()).endsWith("note: web does not run any more\n");
        gateway.said.put("GET /vms/web/logs", begins + "{\"type\":\"log_ended\",\"why\":\"replaced\"}\n");
        assertThat(run("logs", "web", "-f")).isZero();
        assertThat(stderr()).contains("was put back or started again");
    }

    @Test
    void a_full_disk_is_said_and_a_reader_that_left_is_not() throws IOException {
        gateway.answers.add(VM);
        try (OutputStream full = new FileOutputStream("/dev/full")) {
            Cli cli = new Cli(Terminal.of(InputStream.nullInputStream(), full, err), environment, directory);
            assertThat(cli.run("ls")).isEqualTo(ExitCode.FAILED);
            assertThat(err).hasToString("error: stdout can't be written: No space left on device\n");
            assertThat(cli.run("exec", "web", "-d", "--", "true")).isEqualTo(ExitCode.NOID_FAILED);
        }
        err.reset();
        Pipe pipe = Pipe.open();
        pipe.source().close();
        try (OutputStream left = Channels.newOutputStream(pipe.sink())) {
            Cli cli = new Cli(Terminal.of(InputStream.nullInputStream(), left, err), environment, directory);
            assertThat(cli.run("ls")).isEqualTo(ExitCode.BROKEN_PIPE);
            assertThat(err.size()).isZero();
        }
    }

    @Test
    void the_exit_codes_are_explained() {
        assertThat(run("help", "exit-codes")).isZero();
        assertThat(stdout()).contains("125").contains("141");
        assertThat(run("help", "nonsense")).isEqualTo(ExitCode.USAGE);
        assertThat(run("help", "job", "output")).isZero();
    }

    private int run(String... words) {
        out.reset();
        err.reset();
        return cli().run(words);
    }

    private Cli cli() {
        return new Cli(terminal(), environment, directory);
    }

    private Terminal terminal() {
        return Terminal.of(InputStream.nullInputStream(), out, err);
    }

    private String stdout() {
        return out.toString(StandardCharsets.UTF_8);
    }

    private String stderr() {
        return err.toString(StandardCharsets.UTF_8);
    }
}
