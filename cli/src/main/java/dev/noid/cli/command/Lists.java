package dev.noid.cli.command;

import dev.noid.cli.Session;
import dev.noid.cli.http.Jobs;
import dev.noid.cli.print.Table;
import dev.noid.schema.Json;
import java.util.List;
import java.util.function.Function;
import tools.jackson.databind.JsonNode;

/// One list of the API, shown.
record Lists(Session session, OutputOptions output) {
    /// @param name what `-q` prints of an item
    <T> int show(String path, int limit, Class<T> type, Function<T, String> name, Function<List<T>, Table> table) {
        List<JsonNode> nodes = new Jobs(session.api()).list(path, limit);
        JsonNode array = Json.records().createArrayNode().addAll(nodes);
        List<T> items =
                nodes.stream().map(node -> session.api().read(node, type)).toList();
        output.show(session, array, items.stream().map(name).toList(), () -> table.apply(items));
        return 0;
    }
}
