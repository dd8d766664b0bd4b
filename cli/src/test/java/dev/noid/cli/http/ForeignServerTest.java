package dev.noid.cli.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.sun.net.httpserver.HttpServer;
import dev.noid.cli.Failure;
import dev.noid.cli.exec.JobOutput;
import dev.noid.cli.exec.OutputCursor;
import dev.noid.cli.print.Terminal;
import dev.noid.cli.settings.Server;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NoRouteToHostException;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Whoever answers in the gateway's place is not asked for ten minutes.
@Timeout(30)
class ForeignServerTest {
    private final AtomicInteger requests = new AtomicInteger();
    private final HttpServer server;
    private int status = 200;
    private Map<String, String> headers = Map.of();
    private String body = "";

    ForeignServerTest() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            requests.incrementAndGet();
            headers.forEach((name, value) -> exchange.getResponseHeaders().set(name, value));
            byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
            exchange.getResponseBody().write(bytes);
            exchange.close();
        });
        server.start();
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    @Test
    void a_redirect_says_where_it_leads_to() {
        status = 302;
        headers = Map.of("Location", "https://login.example/");
        for (Call call : new Call[] {Call.get("/vms"), Call.post("/vms", null, 0), Call.patch("/x", Map.of())}) {
            Failure failure = failed(() -> api().callPatiently(call));
            assertThat(failure.message()).isEqualTo(base() + " answers 302, a redirect to https://login.example/");
            assertThat(failure.hint()).contains("NOID_SERVER");
        }
        assertThat(failed(() -> new Jobs(api()).list("/vms", 9)).message()).contains("redirect");
        assertThat(requests).hasValue(4);
    }

    @Test
    void what_is_no_json_is_said_by_its_type() {
        headers = Map.of("Content-Type", "text/html");
        body = "<html>";
        Failure failure = failed(() -> api().callPatiently(Call.get("/vms")));
        assertThat(failure.message())
                .isEqualTo(base() + " answers 200 and a body of type text/html, where JSON is expected");
        assertThat(failure.hint()).startsWith("this may not be Noid's API");
        body = "";
        assertThat(failed(() -> api().callPatiently(Call.get("/vms"))).message())
                .isEqualTo(base() + " answers 200 and nothing else, where JSON is expected");
        assertThat(requests).hasValue(2);
    }

    /// Another program's JSON was taken for an empty list.
    @Test
    void json_of_somebody_else_is_no_list_and_no_vm() {
        headers = Map.of("Content-Type", "application/json");
        for (String other : new String[] {"{\"status\":\"ok\"}", "{\"items\":{}}", "{}"}) {
            body = other;
            assertThat(failed(() -> new Jobs(api()).list("/vms", 9)).message())
                    .isEqualTo(base() + " answers with JSON that is not Noid's: it has no 'items'");
            assertThat(failed(() -> new Jobs(api()).submit(Call.post("/vms", Map.of(), 0), true))
                            .message())
                    .isEqualTo(base() + " answers with JSON that is not Noid's: it has no 'id'");
        }
    }

    @Test
    void output_is_not_looked_for_in_them() {
        status = 301;
        headers = Map.of("Location", "https://login.example/");
        assertThat(failed(() -> output().print("job-1", false)).message()).contains("a redirect to");
        status = 200;
        headers = Map.of("Content-Type", "text/html");
        body = "<html>";
        assertThat(failed(() -> output().print("job-1", true)).message()).contains("text/html");
        assertThat(requests).hasValue(2);
    }

    @Test
    void no_tls_is_said_at_once() throws IOException {
        try (ServerSocket plain = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Thread.ofVirtual().start(() -> {
                try (Socket client = plain.accept()) {
                    client.getInputStream().read(new byte[5]);
                    client.getOutputStream().write("HTTP/1.1 400 Bad Request\r\n\r\n".getBytes(StandardCharsets.UTF_8));
                    client.getInputStream().transferTo(OutputStream.nullOutputStream()); // until it leaves
                } catch (IOException _) {
                    // The test is over.
                }
            });
            String base = "https://127.0.0.1:" + plain.getLocalPort();
            Api api = new Api(new Server(URI.create(base), null), nowhere());
            Failure failure = failed(() -> api.callPatiently(Call.get("/vms")));
            assertThat(failure.message()).startsWith("no secure connection to " + base + ": ");
        }
    }

    @Test
    void who_could_not_be_connected_to_has_heard_nothing() {
        assertThat(refused(new NoRouteToHostException("No route to host"))).isTrue();
        assertThat(refused(new SocketTimeoutException("Connect timed out"))).isTrue();
        assertThat(refused(new SSLHandshakeException("PKIX path building failed")))
                .isTrue();
        assertThat(refused(new SocketTimeoutException("Read timed out"))).isFalse();
        assertThat(refused(new SSLException("Connection reset", new SocketException("Connection reset"))))
                .isFalse();
        assertThat(refused(new EOFException())).isFalse();
    }

    private static boolean refused(IOException e) {
        return Answer.Unreachable.of(e).refused();
    }

    private static Failure failed(ThrowingCallable call) {
        return catchThrowableOfType(Failure.class, call);
    }

    private String base() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    private static Terminal nowhere() {
        return Terminal.of(
                InputStream.nullInputStream(), OutputStream.nullOutputStream(), OutputStream.nullOutputStream());
    }

    private Api api() {
        return new Api(new Server(URI.create(base()), null), nowhere());
    }

    private JobOutput output() {
        return new JobOutput(
                api(), nowhere(), new OutputCursor(OutputStream.nullOutputStream(), OutputStream.nullOutputStream()));
    }
}
