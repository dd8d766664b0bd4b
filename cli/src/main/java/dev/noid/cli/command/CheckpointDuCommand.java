package dev.noid.cli.command;

import dev.noid.cli.Session;
import dev.noid.cli.http.Call;
import dev.noid.cli.print.Table;
import dev.noid.cli.print.Units;
import dev.noid.schema.api.CheckpointUsage;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import tools.jackson.databind.JsonNode;

/// `noid checkpoint du`.
@Command(
        name = "du",
        description = {
            "Show what checkpoints cost on disk.",
            "What several share counts in each one's SIZE and once in the total; OWN is what removing just this one"
                    + " would free."
        },
        footerHeading = "%nExample:%n",
        footer = {"  noid checkpoint du web", "  noid checkpoint du --all"})
final class CheckpointDuCommand implements Callable<Integer> {
    private final Session session;

    @Mixin
    private CheckpointOwner owner = new CheckpointOwner();

    @Mixin
    private OutputOptions output = new OutputOptions();

    CheckpointDuCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        JsonNode node = session.api().call(Call.get(owner.usage(session)));
        CheckpointUsage usage = session.api().read(node, CheckpointUsage.class);
        output.show(
                session,
                node,
                usage.items().stream().map(CheckpointUsage.Item::id).toList(),
                () -> table(usage));
        return 0;
    }

    private static Table table(CheckpointUsage usage) {
        Table table = new Table("checkpoint", "vm", "size", "own");
        usage.items()
                .forEach(item -> table.row(item.id(), item.vm(), Units.bytes(item.bytes()), Units.bytes(item.own())));
        return table.row("if nothing were shared", "-", Units.bytes(usage.apparent()), "-")
                .row("total", "-", Units.bytes(usage.bytes()), "-")
                .row("allowed", "-", Units.bytes(usage.quotaBytes()), "-");
    }
}
