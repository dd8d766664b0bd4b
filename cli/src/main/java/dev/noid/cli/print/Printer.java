package dev.noid.cli.print;

import dev.noid.schema.Json;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// Puts an answer on stdout in the form asked for.
public final class Printer {
    private final Terminal terminal;

    public Printer(Terminal terminal) {
        this.terminal = terminal;
    }

    /// @param format null: a table with header on a terminal, tab-separated rows otherwise
    public void show(@Nullable Format format, JsonNode data, Supplier<Table> table) {
        if (format == Format.JSON) {
            json(data);
        } else if (format == Format.TABLE || terminal.outIsTerminal()) {
            lines(table.get().aligned());
        } else {
            lines(table.get().tabbed());
        }
    }

    public void json(JsonNode data) {
        terminal.line(Json.records().writerWithDefaultPrettyPrinter().writeValueAsString(data));
    }

    public void lines(List<String> lines) {
        if (!lines.isEmpty()) {
            terminal.line(String.join("\n", lines));
        }
    }
}
