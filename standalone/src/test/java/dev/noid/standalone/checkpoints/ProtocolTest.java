package dev.noid.standalone.checkpoints;

import static org.assertj.core.api.Assertions.assertThat;

import dev.noid.gateway.http.HttpServer;
import dev.noid.schema.api.ExecVm;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// The protocol's small print, byte by byte, as no HTTP library would send it.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ProtocolTest {
    private final Scene scene = new Scene();
    private final HttpServer server = scene.serve();
    private String token = "";

    ProtocolTest() throws IOException, InterruptedException, SQLException {}

    @AfterAll
    void stop() throws IOException, SQLException {
        server.close();
        scene.close();
    }

    @BeforeEach
    void begin() throws SQLException {
        scene.begin();
        token = scene.token("admin");
    }

    /// Attack G1: 500, and 40 lines of log each.
    @ParameterizedTest
    @ValueSource(strings = {"%u0041", "%", "%zz", "%c0%af", "%ff", "%00", "%e0%80%af"})
    void aPathOrQueryThatCanNotBeDecodedIsABadRequest(String name) throws Exception {
        for (String path : new String[] {"/vms/" + name, "/" + name, "/jobs/" + name + "/output"}) {
            assertThat(ask("GET", path)).as(path).startsWith("HTTP/1.1 400").contains("problem+json", "\"hint\"");
        }
        assertThat(ask("GET", "/vms?cursor=" + name)).startsWith("HTTP/1.1 400").contains("problem+json", "\"hint\"");
        assertThat(ask("GET", "/vms?" + name + "=1")).startsWith("HTTP/1.1 400").contains("problem+json", "\"hint\"");
    }

    /// Field case 96.
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "/vms                     | GET, HEAD, POST",
                "/vms/web                 | DELETE, GET, HEAD, PATCH",
                "/vms/web/exec            | POST",
                "/jobs/x/stream           | GET, HEAD",
                "/checkpoints/usage       | DELETE, GET, HEAD, PATCH",
                "/vms/web/checkpoint-policy | GET, HEAD, PUT",
                "/livez                   | GET, HEAD",
            })
    void aMethodThatAPathDoesNotHaveIsAnsweredWithThoseItHas(String path, String allowed) throws Exception {
        for (String method : new String[] {"OPTIONS", "PUT", "TRACE", "PATCH", "DELETE", "POST", "NOID"}) {
            if (!allowed.contains(method)) {
                assertThat(ask(method, path))
                        .as(method + " " + path)
                        .startsWith("HTTP/1.1 405")
                        .contains("\r\nAllow: " + allowed + "\r\n", "application/problem+json");
            }
        }
    }

    /// Field case 94: every HEAD was 200.
    @Test
    void aHeadIsItsGetWithoutTheBody() throws Exception {
        for (String path : new String[] {
            "/readyz",
            "/livez",
            "/vms",
            "/vms/web",
            "/vms/nobody",
            "/vms?limit=0",
            "/jobs/x",
            "/jobs/x/output",
            "/vms/web/logs?follow=true",
            "/openapi.yaml",
            "/nothing",
            "/hosts",
            "/checkpoints/usage"
        }) {
            String head = ask("HEAD", path);
            assertThat(head).as(path).endsWith("\r\n\r\n");
            if (!path.contains("follow")) {
                String get = ask("GET", path);
                assertThat(head.lines().findFirst())
                        .as(path)
                        .isEqualTo(get.lines().findFirst());
                assertThat(header(head, "Content-Type")).as(path).isEqualTo(header(get, "Content-Type"));
            }
        }
        assertThat(ask("HEAD", "/vms/nobody")).startsWith("HTTP/1.1 404");
    }

    /// Field case 93.
    @Test
    void anEncodedBodyAndLongHeadersAreRefusedWithWords() throws Exception {
        assertThat(ask(
                        "POST",
                        "/vms",
                        "Content-Type: application/json\r\nContent-Encoding: gzip\r\nContent-Length: 2",
                        "{}"))
                .startsWith("HTTP/1.1 415")
                .contains("Content-Encoding", "gzip");
        assertThat(ask("GET", "/vms", "X-Long: " + "x".repeat(20_000), ""))
                .startsWith("HTTP/1.1 431")
                .contains("application/problem+json", "headers_too_large", "16384");
    }

    @Test
    void aSubprotocolThatNobodyKnowsIsNotAgreedTo() throws Exception {
        String job = scene.execs
                .exec(
                        Scene.asked("tenant-a"),
                        "web",
                        new ExecVm(List.of("true"), null, null, null, null, null, null, null, null, null),
                        _ -> {})
                .id();
        String upgrade = "Upgrade: websocket\r\nConnection: Upgrade, close\r\nSec-WebSocket-Version: 13\r\n"
                + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==";
        assertThat(ask("GET", "/jobs/" + job + "/stream", upgrade + "\r\nSec-WebSocket-Protocol: evil", ""))
                .startsWith("HTTP/1.1 400")
                .contains("unknown_subprotocol", "evil");
        assertThat(ask("GET", "/jobs/" + job + "/stream"))
                .startsWith("HTTP/1.1 426")
                .contains("upgrade_required");
    }

    @Test
    void aBareLineFeedIsNoEndOfALine() throws Exception {
        assertThat(raw("GET /livez HTTP/1.1\nHost: x\nConnection: close\n\n")).startsWith("HTTP/1.1 400");
        assertThat(raw("GET /livez HTTP/1.1\r\nHost: x\nX: y\r\nConnection: close\r\n\r\n"))
                .startsWith("HTTP/1.1 400");
        assertThat(
                        raw(
                                "POST /vms/web/stop HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer "
                                        + token
                                        + "\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n2;a\n{}\r\n0\r\n\r\n"))
                .startsWith("HTTP/1.1 400");
    }

    private static String header(String reply, String name) {
        return reply.lines()
                .filter(line -> line.toLowerCase(Locale.ROOT).startsWith(name.toLowerCase(Locale.ROOT) + ":"))
                .findFirst()
                .orElse("");
    }

    private String ask(String method, String path) throws IOException {
        return ask(method, path, "X-Nothing: 1", "");
    }

    private String ask(String method, String path, String headers, String body) throws IOException {
        return raw(method + " " + path + " HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + token + "\r\n" + headers
                + (headers.contains("Connection:") ? "" : "\r\nConnection: close") + "\r\n\r\n" + body);
    }

    private String raw(String request) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
            socket.setSoTimeout(10_000);
            socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
            StringBuilder reply = new StringBuilder();
            byte[] buffer = new byte[8_192];
            for (int n = socket.getInputStream().read(buffer);
                    n >= 0;
                    n = socket.getInputStream().read(buffer)) {
                reply.append(new String(buffer, 0, n, StandardCharsets.ISO_8859_1));
            }
            return reply.toString();
        }
    }
}
