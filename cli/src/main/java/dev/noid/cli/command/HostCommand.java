package dev.noid.cli.command;

import dev.noid.cli.Session;
import dev.noid.cli.print.Table;
import dev.noid.cli.print.Units;
import dev.noid.schema.api.Host;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/// `noid host`.
@Command(
        name = "host",
        synopsisSubcommandLabel = "COMMAND",
        description = "Machines that run VMs.",
        footerHeading = "%nExample:%n",
        footer = "  noid host ls",
        subcommands = HostCommand.Ls.class)
final class HostCommand {
    @Command(
            name = "ls",
            description = "List hosts.",
            footerHeading = "%nExample:%n",
            footer = "  noid host ls -o json")
    static final class Ls implements Callable<Integer> {
        private final Session session;

        @Mixin
        private OutputOptions output = new OutputOptions();

        Ls(Session session) {
            this.session = session;
        }

        @Override
        public Integer call() {
            return new Lists(session, output).show("/hosts", Integer.MAX_VALUE, Host.class, Host::name, Ls::table);
        }

        private static Table table(List<Host> hosts) {
            Instant now = Instant.now();
            Table table =
                    new Table("name", "state", "engine", "accelerator", "isolation", "cpus", "memory", "vms", "seen");
            hosts.forEach(host -> table.row(
                    host.name(),
                    host.state(),
                    host.engine(),
                    host.accelerator(),
                    host.isolation(),
                    host.cpus(),
                    Units.size(host.memoryReservedMib()) + "/" + Units.size(host.memoryMib()),
                    host.vms(),
                    Units.age(host.lastBeatAt(), now)));
            return table;
        }
    }
}
