package dev.noid.cli.command;

import dev.noid.cli.Session;
import dev.noid.schema.Json;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import tools.jackson.databind.node.ObjectNode;

/// `noid version`.
@Command(
        name = "version",
        description = "Show which Noid this is.",
        footerHeading = "%nExample:%n",
        footer = "  noid version -o json")
final class VersionCommand implements Callable<Integer> {
    private final Session session;

    @Mixin
    private OutputOptions output = new OutputOptions();

    VersionCommand(Session session) {
        this.session = session;
    }

    static String version() {
        @Nullable String packaged = VersionCommand.class.getPackage().getImplementationVersion();
        return packaged == null ? "0.0.0-dev" : packaged;
    }

    @Override
    public Integer call() {
        String version = version();
        if (output.json()) {
            ObjectNode node = Json.records().createObjectNode();
            node.put("version", version).put("java", Runtime.version().toString());
            session.printer().json(node);
        } else {
            session.printer().lines(List.of("noid " + version));
        }
        return 0;
    }
}
