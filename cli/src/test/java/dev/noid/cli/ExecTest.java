package dev.noid.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.noid.cli.exec.Interrupts;
import dev.noid.cli.exec.RemoteCommand;
import dev.noid.cli.exec.ResultFile;
import dev.noid.cli.http.Api;
import dev.noid.cli.print.Terminal;
import dev.noid.cli.settings.Server;
import dev.noid.schema.api.ExecVm;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.SequenceInputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// The pipe between a terminal and a process, over a gateway that behaves as badly as real ones now and then do.
@Timeout(60)
class ExecTest {
    private final FakeGateway gateway = new FakeGateway();
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    @AfterEach
    void stop() {
        gateway.close();
    }

    @Test
    void output_and_exit_code_pass_through() {
        gateway.process.print(ascii("out\n"));
        gateway.process.printError(ascii("err\n"));
        gateway.process.exit(7);
        assertThat(exec(InputStream.nullInputStream(), false)).isEqualTo(7);
        assertThat(out).hasToString("out\n");
        assertThat(err).hasToString("err\n");
    }

    @Test
    void bytes_are_untouched_both_ways() {
        gateway.process.cat = true;
        byte[] all = random(3_000_000);
        assertThat(exec(new ByteArrayInputStream(all), true)).isZero();
        assertThat(out.toByteArray()).isEqualTo(all);
        assertThat(gateway.process.violations()).isEmpty();
        assertThat(gateway.process.stdinEnded()).isTrue();
    }

    @Test
    void a_vm_that_is_put_back_ends_the_command_as_one_of_its_past() {
        gateway.process.print(ascii("before\n"));
        gateway.process.putBack("ck-01k8x3");
        assertThat(exec(InputStream.nullInputStream(), false)).isEqualTo(ExitCode.NOID_FAILED);
        assertThat(out).hasToString("before\n");
        assertThat(err).hasToString("error: the VM was put back to ck-01k8x3; this command belongs to its past\n");
    }

    @Test
    void an_empty_stdin_ends_too() {
        gateway.process.cat = true;
        assertThat(exec(InputStream.nullInputStream(), true)).isZero();
        assertThat(out.size()).isZero();
        assertThat(gateway.process.stdinEnded()).isTrue();
    }

    @Test
    void a_connection_that_breaks_in_the_middle_of_output_loses_and_repeats_nothing() {
        byte[] all = random(500_000);
        gateway.process.dropAfter = 70_000;
        gateway.process.overlap = 5_000;
        gateway.process.print(all);
        gateway.process.exit(0);
        assertThat(exec(InputStream.nullInputStream(), false)).isZero();
        assertThat(out.toByteArray()).isEqualTo(all);
        assertThat(gateway.process.connections()).isGreaterThan(4);
        assertThat(err.size()).isZero();
    }

    @Test
    void a_connection_that_breaks_in_the_middle_of_stdin_loses_and_repeats_nothing() {
        gateway.process.cat = true;
        gateway.process.dropAfterInput = 150_000;
        byte[] all = random(600_000);
        assertThat(exec(new ByteArrayInputStream(all), true)).isZero();
        assertThat(out.toByteArray()).isEqualTo(all);
        assertThat(gateway.process.violations()).isEmpty();
        assertThat(gateway.process.connections()).isGreaterThan(3);
    }

    @Test
    void a_gateway_that_goes_away_and_comes_back_is_connected_to_again() throws Exception {
        CompletableFuture<Integer> code =
                CompletableFuture.supplyAsync(() -> exec(InputStream.nullInputStream(), false));
        gateway.process.awaitConnection();
        gateway.process.print(ascii("before\n"));
        gateway.restart(Duration.ofMillis(700));
        gateway.process.print(ascii("after\n"));
        gateway.process.exit(3);
        assertThat(code.get(30, TimeUnit.SECONDS)).isEqualTo(3);
        assertThat(out).hasToString("before\nafter\n");
    }

    @Test
    void a_request_that_may_have_been_heard_is_repeated_under_the_same_key() {
        gateway.busy = 2;
        gateway.process.exit(0);
        assertThat(exec(InputStream.nullInputStream(), false)).isZero();
        assertThat(gateway.keys()).hasSize(3).containsOnly(gateway.keys().getFirst());
    }

    @Test
    void output_that_is_not_kept_any_more_is_a_failure_that_says_so() {
        gateway.process.print(ascii("0123456789"));
        gateway.process.gapFrom = 3;
        gateway.process.gapTo = 6;
        gateway.process.exit(0);
        assertThat(exec(InputStream.nullInputStream(), false)).isEqualTo(ExitCode.NOID_FAILED);
        assertThat(out).hasToString("0126789");
        assertThat(err.toString(StandardCharsets.UTF_8)).contains("3 bytes of the output");
    }

    @Test
    void a_reader_that_leaves_cancels_the_command() {
        gateway.process.print(random(100_000));
        OutputStream closed = new OutputStream() {
            @Override
            public void write(int b) throws IOException {
                throw new IOException("Broken pipe");
            }
        };
        Terminal terminal = Terminal.of(InputStream.nullInputStream(), closed, err);
        assertThat(exec(terminal, false)).isEqualTo(ExitCode.BROKEN_PIPE);
        assertThat(gateway.requests()).anyMatch(request -> request.startsWith("POST /jobs/job-1/cancel"));
        assertThat(err.size()).isZero();
    }

    @Test
    void a_full_disk_is_no_reader_that_left() throws IOException {
        gateway.process.print(random(100_000));
        try (OutputStream full = new FileOutputStream("/dev/full")) {
            Terminal terminal = Terminal.of(InputStream.nullInputStream(), full, err);
            assertThatThrownBy(() -> exec(terminal, false)).isInstanceOfSatisfying(Failure.class, failure -> {
                assertThat(failure.insideExec().exitCode()).isEqualTo(ExitCode.NOID_FAILED);
                assertThat(failure.message()).isEqualTo("stdout can't be written: No space left on device");
                assertThat(failure.hint()).contains("was cancelled").contains("noid job output job-1");
            });
        }
        assertThat(gateway.requests()).anyMatch(request -> request.startsWith("POST /jobs/job-1/cancel"));
    }

    @Test
    void a_stdin_that_breaks_is_no_end_of_it() {
        gateway.process.cat = true;
        assertThatThrownBy(() -> exec(failing("Input/output error"), true))
                .isInstanceOf(Failure.class)
                .hasMessage("stdin can't be read: Input/output error");
        assertThat(gateway.requests()).last().asString().startsWith("POST /jobs/job-1/cancel");
        assertThat(gateway.process.stdinEnded()).isFalse();
    }

    @Test
    void a_stdin_that_is_not_open_has_ended() {
        gateway.process.cat = true;
        assertThat(exec(failing("Bad file descriptor"), true)).isZero();
        assertThat(gateway.process.stdinEnded()).isTrue();
    }

    /// Three bytes, and then an error.
    private static InputStream failing(String why) {
        return new SequenceInputStream(new ByteArrayInputStream(ascii("abc")), new InputStream() {
            @Override
            public int read() throws IOException {
                throw new IOException(why);
            }

            @Override
            public int read(byte[] bytes, int offset, int length) throws IOException {
                throw new IOException(why);
            }
        });
    }

    @Test
    void nobody_there_from_the_beginning_is_said_at_once() {
        gateway.close();
        long began = System.nanoTime();
        int code = new Cli(
                        Terminal.of(InputStream.nullInputStream(), out, err),
                        java.util.Map.of("NOID_SERVER", gatewayUrl(), "HOME", "/nonexistent"),
                        java.nio.file.Path.of("/"))
                .run("exec", "web", "-n", "--", "true");
        assertThat(code).isEqualTo(ExitCode.NOID_FAILED);
        assertThat(err.toString(StandardCharsets.UTF_8))
                .contains("nothing answers")
                .contains("hint: noid up -d");
        assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(5));
    }

    private static String gatewayUrl() {
        return "http://127.0.0.1:1";
    }

    private int exec(InputStream in, boolean stdin) {
        return exec(Terminal.of(in, out, err), stdin);
    }

    private int exec(Terminal terminal, boolean stdin) {
        Api api = new Api(new Server(URI.create(gateway.url()), FakeGateway.TOKEN), terminal);
        Interrupts interrupts = new Interrupts(api, terminal, code -> {
            throw new AssertionError("exit " + code);
        });
        return new RemoteCommand(api, terminal, interrupts, new ResultFile(null))
                .run("web", new ExecVm(List.of("cat"), null, null, null, null, null, stdin, null, null, null));
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    private static byte[] random(int count) {
        byte[] bytes = new byte[count];
        new Random(7).nextBytes(bytes);
        return bytes;
    }
}
