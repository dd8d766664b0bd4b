package dev.noid.standalone.checkpoints;

import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import dev.noid.schema.Json;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.dataformat.yaml.YAMLMapper;

/// What openapi.yaml says, its references followed.
final class Description {
    private static final List<String> METHODS = List.of("get", "post", "put", "patch", "delete");

    private final JsonNode document = read();
    private final Map<JsonNode, Schema> schemas = new HashMap<>();
    private final SchemaRegistry registry = SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12);

    record Operation(String method, String path, JsonNode json, List<JsonNode> parameters) {
        String id() {
            return json.path("operationId").asString();
        }

        boolean open() {
            return json.path("security").isArray();
        }
    }

    List<Operation> operations() {
        List<Operation> all = new ArrayList<>();
        document.path("paths")
                .properties()
                .forEach(path -> METHODS.forEach(method -> {
                    JsonNode operation = path.getValue().path(method);
                    if (operation.isObject()) {
                        List<JsonNode> parameters = new ArrayList<>();
                        path.getValue().path("parameters").forEach(one -> parameters.add(followed(one)));
                        operation.path("parameters").forEach(one -> parameters.add(followed(one)));
                        all.add(new Operation(method.toUpperCase(Locale.ROOT), path.getKey(), operation, parameters));
                    }
                }));
        return all;
    }

    /// Null when it has none.
    @Nullable
    JsonNode body(Operation operation) {
        JsonNode schema = followed(operation.json().path("requestBody")).at("/content/application~1json/schema");
        return schema.isMissingNode() ? null : schema;
    }

    /// Missing when neither the status nor any other is described.
    JsonNode response(Operation operation, int status) {
        JsonNode responses = operation.json().path("responses");
        JsonNode own = responses.path(Integer.toString(status));
        // What `default` stands for is what went wrong.
        return followed(own.isMissingNode() && status >= 400 ? responses.path("default") : own);
    }

    /// What is wrong with it; empty when nothing is.
    List<String> wrong(JsonNode schema, JsonNode value) {
        List<String> wrong = new ArrayList<>();
        schemas.computeIfAbsent(schema, this::compiled).validate(value).forEach(error -> wrong.add(error.toString()));
        return wrong;
    }

    JsonNode followed(JsonNode node) {
        JsonNode at = node;
        while (at.path("$ref").isString() && at.size() == 1) {
            at = document.at(at.path("$ref").stringValue().substring(1));
        }
        return at;
    }

    private Schema compiled(JsonNode schema) {
        ObjectNode whole = ((ObjectNode) schema).deepCopy();
        whole.set("components", document.path("components"));
        return registry.getSchema(whole);
    }

    private static JsonNode read() {
        try (InputStream yaml = Objects.requireNonNull(Json.class.getResourceAsStream("/openapi.yaml"))) {
            return YAMLMapper.builder().build().readTree(yaml);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
