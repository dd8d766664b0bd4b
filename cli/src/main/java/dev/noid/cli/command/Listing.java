package dev.noid.cli.command;

import dev.noid.cli.Session;
import dev.noid.cli.http.Jobs;
import dev.noid.cli.print.Table;
import dev.noid.schema.Json;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Function;
import picocli.CommandLine.Mixin;
import tools.jackson.databind.JsonNode;

/// One list of the API, shown: what every `ls` is.
abstract class Listing<T> implements Callable<Integer> {
    private final Session session;
    private final Function<JsonNode, T> read;
    private final Function<T, String> name;

    @Mixin
    private OutputOptions output = new OutputOptions();

    /// @param name what `-q` prints of an item
    Listing(Session session, Class<T> type, Function<T, String> name) {
        this(session, node -> session.api().read(node, type), name);
    }

    Listing(Session session, Function<JsonNode, T> read, Function<T, String> name) {
        this.session = session;
        this.read = read;
        this.name = name;
    }

    /// What to ask for.
    abstract String path();

    int limit() {
        return Integer.MAX_VALUE;
    }

    abstract Table table(List<T> items);

    final Session session() {
        return session;
    }

    @Override
    public final Integer call() {
        List<JsonNode> nodes = new Jobs(session.api()).list(path(), limit());
        JsonNode array = Json.records().createArrayNode().addAll(nodes);
        List<T> items = nodes.stream().map(read).toList();
        output.show(session, array, items.stream().map(name).toList(), () -> table(items));
        return 0;
    }
}
