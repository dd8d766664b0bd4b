package dev.noid.cli.command;

import dev.noid.cli.Session;
import dev.noid.cli.print.Escapes;
import dev.noid.cli.print.Format;
import dev.noid.cli.print.Table;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;

/// `-o` and `-q`, the same for every command that lists or shows.
final class OutputOptions {
    @Option(
            names = {"-o", "--output"},
            paramLabel = "FORMAT",
            description = "table or json; without it a table on a terminal, tab-separated rows otherwise.")
    private @Nullable Format format;

    @Option(
            names = {"-q", "--quiet"},
            description = "Names only, one a line.")
    private boolean quiet;

    boolean json() {
        return format == Format.JSON;
    }

    /// For a command that makes one thing: its name for a script, what there is to say about it for a person.
    void showOrName(Session session, JsonNode data, String name, Supplier<Table> table) {
        if (quiet || (format == null && !session.terminal().outIsTerminal())) {
            session.terminal().line(name);
        } else {
            session.printer().show(format, data, table);
        }
    }

    boolean quiet() {
        return quiet;
    }

    void show(Session session, JsonNode data, List<String> names, Supplier<Table> table) {
        if (quiet) {
            session.printer().lines(names.stream().map(Escapes::visible).toList());
        } else {
            session.printer().show(format, data, table);
        }
    }
}
