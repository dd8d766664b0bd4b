package dev.noid.cli.command;

import dev.noid.cli.Session;
import dev.noid.cli.http.Call;
import dev.noid.cli.print.Table;
import dev.noid.cli.print.Units;
import dev.noid.schema.api.Checkpoint;
import dev.noid.schema.api.Pruned;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/// `noid checkpoint prune`.
@Command(
        name = "prune",
        description = {
            "Remove the checkpoints of a VM that are beyond the bounds given, or else those of its policy, and print them.",
            "Never the pinned ones, the current one, or one that a job is using."
        },
        footerHeading = "%nExample:%n",
        footer = {
            "  noid checkpoint prune web --keep-last 5 --dry-run",
            "  noid checkpoint prune web --max-age 7d --max-bytes 10G"
        })
final class CheckpointPruneCommand implements Callable<Integer> {
    private final Session session;

    @Parameters(arity = "0..1", paramLabel = "VM", description = "The active VM when missing.")
    private @Nullable String vm;

    @Mixin
    private Retention retention = new Retention();

    @Option(names = "--dry-run", description = "Say what would go; remove nothing.")
    private boolean dryRun;

    @Mixin
    private OutputOptions output = new OutputOptions();

    CheckpointPruneCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        String path = "/vms/" + session.settings().vm(vm) + "/checkpoints/prune";
        JsonNode node = session.api().callPatiently(Call.post(path, retention.policy(dryRun), 0));
        List<Checkpoint> removed = session.api().read(node, Pruned.class).removed();
        output.show(session, node, removed.stream().map(Checkpoint::id).toList(), () -> table(removed));
        return 0;
    }

    private Table table(List<Checkpoint> removed) {
        Instant now = Instant.now();
        Table table = new Table(dryRun ? "would remove" : "removed", "label", "age", "size");
        removed.forEach(one -> table.row(
                one.id(),
                one.label() == null ? "-" : one.label(),
                Units.age(one.createdAt(), now),
                one.bytes() == null ? "-" : Units.bytes(one.bytes())));
        return table;
    }
}
