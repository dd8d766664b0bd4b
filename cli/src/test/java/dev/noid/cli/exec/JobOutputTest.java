package dev.noid.cli.exec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.noid.cli.Failure;
import dev.noid.cli.http.Api;
import dev.noid.cli.print.Terminal;
import dev.noid.cli.settings.Server;
import dev.noid.schema.ExecId;
import dev.noid.schema.Json;
import dev.noid.schema.api.LogEnd;
import dev.noid.schema.api.OutputLine;
import dev.noid.schema.api.Problem;
import dev.noid.schema.record.Stream;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Lines of output over connections that break.
@Timeout(30)
class JobOutputTest {
    private static final OutputLine WEB = new OutputLine.Log(new ExecId("vm-1", 3));

    private final ServerSocket server;
    private final Deque<String> answers = new ArrayDeque<>();
    private final List<String> requests = new CopyOnWriteArrayList<>();
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();
    private final Terminal terminal = Terminal.of(InputStream.nullInputStream(), out, err);
    private final JobOutput output;

    JobOutputTest() throws IOException {
        server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        URI address = URI.create("http://127.0.0.1:" + server.getLocalPort());
        output = new JobOutput(new Api(new Server(address, null), terminal), terminal, new OutputCursor(out, err));
        Thread.ofVirtual().start(this::answerAll);
    }

    @AfterEach
    void stop() throws IOException {
        server.close();
    }

    @Test
    void a_log_that_is_followed_goes_on_at_the_next_byte_of_the_same_one() throws Exception {
        answers.add(broken(WEB, chunk(0, "abc")));
        answers.add(whole(503, Json.api().writeValueAsString(Problem.of(503, "away", "away", "away", "later"))));
        answers.add(whole(200, lines(WEB, chunk(0, "abcdef"))));
        answers.add(whole(200, lines(WEB, chunk(6, "g"), new OutputLine.LogEnded(LogEnd.REPLACED))));
        output.log("web", true);
        assertThat(out).hasToString("abcdefg");
        assertThat(output.logEnd()).isEqualTo(LogEnd.REPLACED);
        assertThat(requests)
                .containsExactly(
                        "/vms/web/logs?stdout=0&stderr=0&follow=true",
                        "/vms/web/logs?stdout=3&stderr=0&follow=true&log=vm-1.3",
                        "/vms/web/logs?stdout=3&stderr=0&follow=true&log=vm-1.3",
                        "/vms/web/logs?stdout=6&stderr=0&follow=true&log=vm-1.3");
    }

    @Test
    void one_that_is_not_followed_is_over_when_the_gateway_says_no_more() throws Exception {
        answers.add(broken(WEB, chunk(0, "ab")));
        answers.add(whole(200, lines(WEB, chunk(2, "c"))));
        output.log("web", false);
        assertThat(out).hasToString("abc");
        assertThat(output.logEnd()).isNull();
        assertThat(err.size()).isZero();
    }

    @Test
    void what_is_refused_later_is_not_tried_for_ever() {
        answers.add(broken(WEB, chunk(0, "abc")));
        answers.add(whole(404, Json.api().writeValueAsString(Problem.of(404, "x", "x", "no such log", "a hint"))));
        Failure failure = catchThrowableOfType(Failure.class, () -> output.log("web", true));
        assertThat(failure.message()).isEqualTo("no such log");
        assertThat(out).hasToString("abc");
    }

    @Test
    void nobody_there_from_the_beginning_is_said_at_once() throws Exception {
        server.close();
        Failure failure = catchThrowableOfType(Failure.class, () -> output.print("job-1", true));
        assertThat(failure.message()).startsWith("nothing answers at ");
        assertThat(failure.hint()).isEqualTo("noid up -d");
    }

    private static OutputLine chunk(long offset, String text) {
        return new OutputLine.Chunk(Stream.STDOUT, offset, text.getBytes(StandardCharsets.UTF_8));
    }

    private static String lines(OutputLine... lines) {
        StringBuilder text = new StringBuilder();
        for (OutputLine line : lines) {
            text.append(Json.api().writerFor(OutputLine.class).writeValueAsString(line))
                    .append('\n');
        }
        return text.toString();
    }

    private static String whole(int status, String body) {
        return "HTTP/1.1 " + status + " X\r\nConnection: close\r\nContent-Length: " + body.length() + "\r\n\r\n" + body;
    }

    /// As of a gateway that is killed: the piece that would say that it was all does not come.
    private static String broken(OutputLine... lines) {
        String body = lines(lines);
        return "HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\n" + Integer.toHexString(body.length()) + "\r\n"
                + body + "\r\n";
    }

    private void answerAll() {
        while (!server.isClosed()) {
            try (Socket client = server.accept()) {
                BufferedReader in =
                        new BufferedReader(new InputStreamReader(client.getInputStream(), StandardCharsets.UTF_8));
                requests.add(in.readLine().split(" ", -1)[1]);
                while (!in.readLine().isEmpty()) {
                    // the headers
                }
                client.getOutputStream().write(answers.remove().getBytes(StandardCharsets.UTF_8));
            } catch (IOException e) {
                // It left, or the test is over.
            }
        }
    }
}
