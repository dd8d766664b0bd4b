package dev.noid.cli.command;

import dev.noid.cli.Session;
import dev.noid.cli.print.Table;
import dev.noid.cli.print.Units;
import dev.noid.schema.api.Checkpoint;
import java.time.Instant;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/// `noid checkpoint ls`.
@Command(
        name = "ls",
        description = "List the checkpoints of a VM, also of one that was destroyed.",
        footerHeading = "%nExample:%n",
        footer = {"  noid checkpoint ls web", "  noid checkpoint ls --all -o json"})
final class CheckpointLsCommand extends Listing<Checkpoint> {
    @Mixin
    private CheckpointOwner owner = new CheckpointOwner();

    CheckpointLsCommand(Session session) {
        super(session, Checkpoint.class, Checkpoint::id);
    }

    @Override
    String path() {
        return owner.list(session());
    }

    @Override
    Table table(List<Checkpoint> checkpoints) {
        Instant now = Instant.now();
        Table table = new Table("id", "vm", "label", "age", "pause", "size", "notes");
        checkpoints.forEach(one -> table.row(
                one.id(),
                one.vm(),
                one.label() == null ? "-" : one.label(),
                Units.age(one.createdAt(), now),
                one.pauseMillis() == null ? "-" : Units.millis(one.pauseMillis()),
                one.bytes() == null ? "-" : Units.bytes(one.bytes()),
                CheckpointRef.notes(one)));
        return table;
    }
}
