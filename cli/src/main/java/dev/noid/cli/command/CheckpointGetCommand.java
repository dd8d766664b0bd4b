package dev.noid.cli.command;

import dev.noid.cli.Session;
import dev.noid.cli.http.Call;
import dev.noid.cli.print.Table;
import dev.noid.cli.print.Units;
import dev.noid.schema.api.Checkpoint;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/// `noid checkpoint get`.
@Command(
        name = "get",
        description = "Show one checkpoint.",
        footerHeading = "%nExample:%n",
        footer = {"  noid checkpoint get web/before", "  noid checkpoint get ck-01k8x3ab -o json | jq .bytes"})
final class CheckpointGetCommand implements Callable<Integer> {
    private final Session session;

    @Parameters(paramLabel = "CHECKPOINT", description = CheckpointRef.FORMS)
    private String typed = "";

    @Mixin
    private OutputOptions output = new OutputOptions();

    CheckpointGetCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        JsonNode node = session.api().call(Call.get(CheckpointRef.of(typed).path()));
        Checkpoint found = session.api().read(node, Checkpoint.class);
        output.show(session, node, List.of(found.id()), () -> table(found));
        return 0;
    }

    private static Table table(Checkpoint one) {
        return new Table("field", "value")
                .row("id", one.id())
                .row("vm", one.vm())
                .row("label", shown(one.label()))
                .row("parent", shown(one.parent()))
                .row("state", one.state())
                .row("notes", CheckpointRef.notes(one))
                .row("image", one.image())
                .row("memory", Units.size(one.memoryMib()))
                .row("cpus", one.cpus())
                .row("disk", Units.size(one.diskMib()))
                .row("host", shown(one.host()))
                .row("pause", one.pauseMillis() == null ? "-" : Units.millis(one.pauseMillis()))
                .row("total", one.totalMillis() == null ? "-" : Units.millis(one.totalMillis()))
                .row("size", one.bytes() == null ? "-" : Units.bytes(one.bytes()))
                .row("created", one.createdAt())
                .row("completed", shown(one.completedAt()));
    }

    private static String shown(@Nullable Object value) {
        return value == null ? "-" : value.toString();
    }
}
