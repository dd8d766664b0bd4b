package dev.noid.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.InputStream;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import tools.jackson.databind.JsonNode;
import tools.jackson.dataformat.yaml.YAMLMapper;

/// openapi.yaml is written by hand, so this holds it to what the server serves, and the other way round.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class OpenApiTest {
    private static final Set<String> METHODS = Set.of("get", "post", "put", "delete", "patch");

    private final JsonNode document = read();
    private final List<Route> routes = Routes.all();

    @Test
    void every_route_is_described_and_every_described_route_is_served() {
        Set<String> served = routes.stream()
                .map(route -> (route.method().equals("WS") ? "GET" : route.method()) + " " + route.path())
                .collect(Collectors.toCollection(TreeSet::new));
        Set<String> described = new TreeSet<>();
        document.path("paths").properties().forEach(path -> path.getValue().propertyNames().stream()
                .filter(METHODS::contains)
                .forEach(method -> described.add(method.toUpperCase(Locale.ROOT) + " " + path.getKey())));
        assertThat(described).isEqualTo(served);
    }

    @Test
    void open_routes_are_described_as_open_and_no_others() {
        routes.forEach(route -> {
            String method = route.method().equals("WS") ? "get" : route.method().toLowerCase(Locale.ROOT);
            JsonNode security =
                    document.path("paths").path(route.path()).path(method).path("security");
            assertThat(security.isArray() && security.isEmpty())
                    .as(route.path())
                    .isEqualTo(route.scope() == Scope.OPEN);
        });
    }

    @Test
    void every_reference_leads_somewhere() {
        Set<String> dangling = new TreeSet<>();
        references(document, dangling);
        assertThat(dangling).isEmpty();
    }

    @Test
    void it_is_OpenAPI_3_1() {
        assertThat(document.path("openapi").asString()).startsWith("3.1");
    }

    private void references(JsonNode node, Set<String> dangling) {
        JsonNode reference = node.path("$ref");
        if (reference.isString()) {
            String pointer = reference.stringValue();
            if (!pointer.startsWith("#/") || document.at(pointer.substring(1)).isMissingNode()) {
                dangling.add(pointer);
            }
        }
        node.forEach(child -> references(child, dangling));
    }

    private static JsonNode read() {
        InputStream yaml = Objects.requireNonNull(OpenApiTest.class.getResourceAsStream("/openapi.yaml"));
        return YAMLMapper.builder().build().readTree(yaml);
    }
}
