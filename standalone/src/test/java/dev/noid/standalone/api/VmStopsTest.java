package dev.noid.standalone.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Against a gateway that shows one VM a page.
class VmStopsTest {
    private final Map<String, String> vms = new TreeMap<>();
    private final HttpServer server;

    VmStopsTest() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/vms", this::answer);
        server.start();
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    @Test
    void theVmsOfEveryPageAreAsked() {
        vms.putAll(Map.of("a", "running", "b", "stopped", "c", "running", "d", "running"));
        String url = "http://127.0.0.1:" + server.getAddress().getPort();
        new VmStops(new ApiClient(url, "token", Duration.ofSeconds(10))).stopAll();
        assertThat(vms).isEqualTo(Map.of("a", "asked", "b", "stopped", "c", "asked", "d", "asked"));
    }

    private void answer(HttpExchange exchange) throws IOException {
        String path = exchange.getRequestURI().getPath();
        String body = "{}";
        if (exchange.getRequestMethod().equals("POST")) {
            vms.put(path.substring("/vms/".length(), path.length() - "/stop".length()), "asked");
        } else {
            body = page(exchange.getRequestURI().getRawQuery());
        }
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(200, bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }

    /// A cursor is the name before, and a sign that has to be escaped.
    private String page(String query) {
        Map<String, String> parameters = List.of(query.split("&")).stream()
                .map(part -> part.split("=", 2))
                .collect(Collectors.toMap(pair -> pair[0], pair -> URLDecoder.decode(pair[1], StandardCharsets.UTF_8)));
        List<String> rest = vms.keySet().stream()
                .filter(name -> (name + "&").compareTo(parameters.getOrDefault("cursor", "")) > 0)
                .toList();
        String cursor = rest.size() > 1 ? "\"" + rest.getFirst() + "&\"" : "null";
        return "{\"items\":[{\"name\":\"" + rest.getFirst() + "\",\"observed\":\"" + vms.get(rest.getFirst())
                + "\"}],\"nextCursor\":" + cursor + "}";
    }
}
