package dev.noid.cli.command;

import dev.noid.cli.Session;
import dev.noid.cli.print.Table;
import dev.noid.cli.print.Units;
import dev.noid.schema.api.Vm;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/// `noid ls`.
@Command(
        name = "ls",
        aliases = "ps",
        description = "List VMs.",
        footerHeading = "%nExample:%n",
        footer = {"  noid ls", "  noid ls -q | xargs noid rm", "  noid ls -o json | jq '.[].name'"})
final class LsCommand implements Callable<Integer> {
    private final Session session;

    @Mixin
    private OutputOptions output = new OutputOptions();

    LsCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        return new Lists(session, output).show("/vms", Integer.MAX_VALUE, Vm.class, Vm::name, LsCommand::table);
    }

    private static Table table(List<Vm> vms) {
        Instant now = Instant.now();
        Table table = new Table("name", "state", "image", "memory", "cpus", "disk", "host", "age");
        vms.forEach(vm -> table.row(
                vm.name(),
                vm.observed(),
                vm.image(),
                Units.size(vm.memoryMib()),
                vm.cpus(),
                Units.size(vm.diskMib()),
                vm.host() == null ? "-" : vm.host(),
                Units.age(vm.createdAt(), now)));
        return table;
    }
}
