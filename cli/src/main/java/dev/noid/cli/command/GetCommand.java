package dev.noid.cli.command;

import dev.noid.cli.Session;
import dev.noid.cli.http.Call;
import dev.noid.cli.print.Table;
import dev.noid.cli.print.Units;
import dev.noid.schema.api.Vm;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/// `noid get`.
@Command(
        name = "get",
        description = "Show one VM.",
        footerHeading = "%nExample:%n",
        footer = {"  noid get web", "  noid get web -o json | jq -r .engine"})
final class GetCommand implements Callable<Integer> {
    private final Session session;

    @Parameters(arity = "0..1", paramLabel = "VM", description = "The active VM when missing.")
    private @Nullable String vm;

    @Mixin
    private OutputOptions output = new OutputOptions();

    GetCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        JsonNode node = session.api().call(Call.get("/vms/" + session.settings().vm(vm)));
        Vm found = session.api().read(node, Vm.class);
        output.show(session, node, List.of(found.name()), () -> table(found));
        return 0;
    }

    static Table table(Vm vm) {
        Table table = new Table("field", "value")
                .row("name", vm.name())
                .row("id", vm.id())
                .row("state", state(vm))
                .row("desired", vm.desired())
                .row("generation", vm.generation())
                .row("image", vm.image())
                .row("memory", Units.size(vm.memoryMib()))
                .row("cpus", vm.cpus())
                .row("disk", Units.size(vm.diskMib()));
        table.row("host", shown(vm.host()));
        // An engine that promises no isolation is said so wherever it is named.
        table.row("engine", shown(vm.engine()) + (vm.isolation() == null ? "" : ", isolation " + vm.isolation()));
        table.row("pid", shown(vm.pid())).row("checkpoint", shown(vm.checkpoint()));
        // Only of those that have it.
        row(table, "labels", vm.labels() == null ? null : LabelWords.shown(vm.labels()));
        row(table, "expires", vm.expiresAt());
        row(
                table,
                "idle stop",
                vm.idleStopSeconds() == null ? null : Units.span(Duration.ofSeconds(vm.idleStopSeconds())));
        row(table, "lease until", vm.leaseUntil());
        row(table, "ephemeral", Boolean.TRUE.equals(vm.ephemeral()) ? "destroyed once its execs are over" : null);
        return table.row("created", vm.createdAt()).row("updated", vm.updatedAt());
    }

    private static void row(Table table, String field, @Nullable Object value) {
        if (value != null) {
            table.row(field, value);
        }
    }

    private static String state(Vm vm) {
        return vm.observed()
                + (vm.unresponsiveSince() == null ? "" : ", unresponsive since " + vm.unresponsiveSince())
                + (vm.reason() == null ? "" : ": " + vm.reason());
    }

    private static String shown(@Nullable Object value) {
        return value == null ? "-" : value.toString();
    }
}
