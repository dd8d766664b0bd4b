package dev.noid.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.noid.cli.print.Terminal;
import dev.noid.schema.Json;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/// Words that lead people on, and none that give a secret away.
class WordsTest {
    private static final String SECRET = "noid_very-secret-token";

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

    /// Field case 84, as a CI's secret has it.
    @ParameterizedTest
    @ValueSource(strings = {"\n", "\r\n", " ", "\n\n"})
    void whatStandsAroundATokenIsNothing(String end) throws IOException {
        environment.put("NOID_TOKEN", FakeGateway.TOKEN + end);
        assertThat(run("ls")).isZero();
        environment.remove("NOID_TOKEN");
        configured(Json.records().writeValueAsString(FakeGateway.TOKEN + end));
        assertThat(run("ls")).isZero();
        environment.put("NOID_SERVER", gateway.url() + end);
        assertThat(run("ls")).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"\n", " ", "\0", "é", "\u0007"})
    void aTokenThatIsNoneIsRefusedAndNeverShown(String inside) throws IOException {
        String bad = SECRET + inside + SECRET;
        environment.put("NOID_TOKEN", bad);
        assertThat(run("ls")).isEqualTo(ExitCode.AUTH);
        assertThat(stderr()).contains("NOID_TOKEN").doesNotContain(SECRET).doesNotContain("report it");
        assertThat(run("exec", "web", "-n", "--", "true")).isEqualTo(ExitCode.NOID_FAILED);
        assertThat(stderr()).doesNotContain(SECRET);
        environment.remove("NOID_TOKEN");
        configured(Json.records().writeValueAsString(bad));
        assertThat(run("ls")).isEqualTo(ExitCode.AUTH);
        assertThat(stderr()).contains("config.toml").doesNotContain(SECRET);
        assertThat(gateway.requests()).isEmpty();
    }

    @Test
    void noFailureShowsTheToken() throws IOException {
        environment.put("NOID_TOKEN", SECRET);
        for (String server : List.of(
                gateway.url(),
                "http://127.0.0.1:1",
                "https://127.0.0.1:1",
                "http://noid.invalid",
                "ftp://x",
                "nonsense")) {
            environment.put("NOID_SERVER", server);
            for (String[] words : new String[][] {
                {"ls"}, {"get", "web"}, {"exec", "web", "-n", "--", "true"}, {"job", "output", "job-1"}, {"rm", "web"}
            }) {
                assertThat(run(words)).as(server).isNotZero();
                assertThat(stderr() + stdout()).as(server).isNotEmpty().doesNotContain(SECRET);
            }
        }
        environment.put("NOID_SERVER", "http://me:" + SECRET + "@127.0.0.1:1");
        assertThat(run("ls")).isEqualTo(ExitCode.USAGE);
        assertThat(stderr()).doesNotContain(SECRET);
    }

    /// Field case 41.
    @Test
    void missingDashesAreNamedAlsoWhenTheCommandHasOptions() {
        assertThat(run("exec", "a", "sh", "-c", "echo hi")).isEqualTo(ExitCode.USAGE);
        assertThat(stderr())
                .isEqualTo("error: '--' is missing before the command\nhint: noid exec a -- sh -c 'echo hi'\n");
        assertThat(run("run", "ls", "-la", "/")).isEqualTo(ExitCode.USAGE);
        assertThat(stderr()).isEqualTo("error: '--' is missing before the command\nhint: noid run -- ls -la /\n");
        assertThat(run("exec", "a", "--nonsense", "--", "true")).isEqualTo(ExitCode.USAGE);
        assertThat(stderr()).startsWith("error: unknown option '--nonsense'\n");
        assertThat(gateway.requests()).isEmpty();
    }

    /// Field case 43.
    @Test
    void aShellAtATerminalIsToldThatItGetsNoInput() {
        gateway.process.exit(0);
        Terminal person = Terminal.interactive(out, err, Map.of());
        assertThat(new Cli(person, environment, directory).run("exec", "web", "--", "sh"))
                .isZero();
        assertThat(stderr()).startsWith("note: a VM has no terminal yet");
        err.reset();
        assertThat(new Cli(person, environment, directory).run("exec", "web", "--", "sh", "-c", "ls"))
                .isZero();
        assertThat(new Cli(person, environment, directory).run("exec", "web", "-n", "--", "sh"))
                .isZero();
        assertThat(stderr()).isEmpty();
    }

    /// Field case 88.
    @Test
    void wordsOfOtherToolsLeadToOurs() {
        assertThat(run("shell", "web")).isEqualTo(ExitCode.USAGE);
        assertThat(stderr()).contains("unknown command 'shell': there is no terminal", "noid exec VM -- sh -c");
        assertThat(run("inspect", "web")).isEqualTo(ExitCode.USAGE);
        assertThat(stderr())
                .isEqualTo("error: unknown command 'inspect'\nhint: noid get VM, noid job get JOB, "
                        + "noid checkpoint get CHECKPOINT\n");
        assertThat(run("pause", "web")).isEqualTo(ExitCode.USAGE);
        assertThat(stderr()).contains("noid checkpoint create");
    }

    @Test
    void theVersionIsAskedForAsEverywhere() {
        assertThat(run("--version")).isZero();
        assertThat(stdout()).startsWith("noid ");
        String version = stdout();
        assertThat(run("-V")).isZero();
        assertThat(stdout()).isEqualTo(version);
        assertThat(run("version")).isZero();
        assertThat(stdout()).isEqualTo(version);
    }

    @Test
    void aForcedRmOfWhatIsNotThereIsDone() {
        gateway.said.put("DELETE /vms/gone", "404 {\"status\":404,\"code\":\"vm_not_found\",\"detail\":\"no VM\"}");
        assertThat(run("rm", "--no-wait", "gone")).isEqualTo(ExitCode.FAILED);
        assertThat(run("rm", "--no-wait", "-f", "gone", "web")).isZero();
        assertThat(stdout()).isEqualTo("web\n");
        gateway.said.put("DELETE /vms/busy", "409 {\"status\":409,\"code\":\"other\",\"detail\":\"no\"}");
        assertThat(run("rm", "--no-wait", "-f", "busy")).isEqualTo(ExitCode.FAILED);
    }

    @Test
    void aSignalIsSentByItsName() {
        assertThat(run("job", "signal", "job-1", "hup")).isZero();
        assertThat(gateway.requests()).containsExactly("POST /jobs/job-1/signal {\"signal\":\"hup\"}");
        assertThat(run("job", "signal", "job-1", "nonsense")).isEqualTo(ExitCode.USAGE);
        assertThat(stderr()).contains("'nonsense'", "HUP");
        gateway.refuseSignals = true;
        assertThat(run("job", "signal", "job-1")).isEqualTo(ExitCode.FAILED);
        assertThat(stderr()).contains("it does not run yet");
        gateway.said.put("POST /jobs/job-1/signal", "200 {\"id\":\"x\",\"delivered\":false,\"detail\":\"it is over\"}");
        assertThat(run("job", "signal", "job-1")).isEqualTo(ExitCode.FAILED);
        assertThat(stderr()).contains("it is over");
    }

    @Test
    void variablesAreReadFromAFile() throws IOException {
        gateway.process.exit(0);
        Files.writeString(directory.resolve("env"), "# a comment\n\nA=1 = one\nB=\n  C=x \nHERE\nNOT_HERE\nD=file\n");
        environment.put("HERE", "from here");
        assertThat(run("exec", "web", "-n", "--env-file", "env", "-e", "D=word", "--", "env"))
                .as(stderr())
                .isZero();
        assertThat(gateway.requests().getFirst())
                .contains("\"env\":{\"A\":\"1 = one\",\"B\":\"\",\"C\":\"x \",\"HERE\":\"from here\",\"D\":\"word\"}");
        Files.writeString(directory.resolve("env"), "A=1\nexport B=2\n");
        assertThat(run("run", "-n", "--env-file", "env", "--", "env")).isEqualTo(ExitCode.USAGE);
        assertThat(stderr()).contains("env line 2", "'export B'");
        assertThat(run("exec", "web", "-n", "--env-file", "missing", "--", "env"))
                .isEqualTo(ExitCode.USAGE);
        assertThat(stderr()).contains("--env-file missing can't be read");
    }

    @Test
    void theResultTellsTheCommandsExitCodeFromNoids() throws IOException {
        gateway.process.exit(125);
        assertThat(run("exec", "web", "-n", "--result", "how", "--", "false")).isEqualTo(125);
        assertThat(result().path("exitCode").asInt()).isEqualTo(125);
        assertThat(result().path("state").asString()).isEqualTo("failed");
        assertThat(result().path("error").path("code").asString()).isEqualTo("exit_code");
        environment.put("NOID_SERVER", "http://127.0.0.1:1");
        assertThat(run("exec", "web", "-n", "--result", "how", "--", "false")).isEqualTo(125);
        assertThat(result().has("exitCode")).isFalse();
        assertThat(result().path("code").asInt()).isEqualTo(125);
        assertThat(result().path("error").path("message").asString()).contains("nothing answers");
        assertThat(run("exec", "web", "-n", "--result", "no/such/place", "--", "false"))
                .isEqualTo(ExitCode.USAGE);
    }

    private JsonNode result() throws IOException {
        return Json.records().readTree(Files.readString(directory.resolve("how")));
    }

    private void configured(String token) throws IOException {
        Path config = Files.createDirectories(directory.resolve("noid")).resolve("config.toml");
        Files.writeString(config, "token = " + token + "\n");
        Files.setPosixFilePermissions(config, PosixFilePermissions.fromString("rw-------"));
        environment.put("XDG_CONFIG_HOME", directory.toString());
    }

    private int run(String... words) {
        out.reset();
        err.reset();
        return new Cli(Terminal.of(InputStream.nullInputStream(), out, err), environment, directory).run(words);
    }

    private String stdout() {
        return out.toString(StandardCharsets.UTF_8);
    }

    private String stderr() {
        return err.toString(StandardCharsets.UTF_8);
    }
}
