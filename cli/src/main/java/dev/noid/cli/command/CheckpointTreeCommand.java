package dev.noid.cli.command;

import dev.noid.cli.Session;
import dev.noid.cli.http.Jobs;
import dev.noid.cli.print.Format;
import dev.noid.cli.print.Table;
import dev.noid.cli.print.Units;
import dev.noid.schema.Json;
import dev.noid.schema.api.Checkpoint;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;

/// `noid checkpoint tree`.
@Command(
        name = "tree",
        description = "Draw which checkpoint was made after which; * is where the VM goes on from now.",
        footerHeading = "%nExample:%n",
        footer = "  noid checkpoint tree web")
final class CheckpointTreeCommand implements Callable<Integer> {
    private final Session session;

    @Mixin
    private CheckpointOwner owner = new CheckpointOwner();

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FORMAT",
            description = "table or json; a drawn table without it.")
    private @Nullable Format format;

    CheckpointTreeCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        List<JsonNode> nodes = new Jobs(session.api()).list(owner.list(session), Integer.MAX_VALUE);
        if (format == Format.JSON) {
            session.printer().json(Json.records().createArrayNode().addAll(nodes));
            return 0;
        }
        List<Checkpoint> all = nodes.stream()
                .map(node -> session.api().read(node, Checkpoint.class))
                .toList();
        // A drawing is for people, in a pipe too.
        session.printer().lines(all.isEmpty() ? List.of() : drawn(all).aligned());
        return 0;
    }

    private static Table drawn(List<Checkpoint> all) {
        Instant now = Instant.now();
        int prefix = Lineage.prefix(all);
        Table table = new Table("checkpoint", "label", "age", "size", "notes");
        for (Lineage.Line line : Lineage.of(all)) {
            Checkpoint one = line.checkpoint();
            table.row(
                    line.branch() + Lineage.shortened(one.id(), prefix) + (one.current() ? " *" : ""),
                    one.label() == null ? "-" : one.label(),
                    Units.age(one.createdAt(), now),
                    one.bytes() == null ? "-" : Units.bytes(one.bytes()),
                    CheckpointRef.notes(one));
        }
        return table;
    }
}
