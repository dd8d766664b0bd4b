package dev.noid.cli.command;

import dev.noid.cli.Session;
import dev.noid.cli.print.Table;
import dev.noid.cli.print.Units;
import dev.noid.schema.api.Host;
import java.time.Instant;
import java.util.List;
import picocli.CommandLine.Command;

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
    static final class Ls extends Listing<Host> {
        Ls(Session session) {
            super(session, Host.class, Host::name);
        }

        @Override
        String path() {
            return "/hosts";
        }

        @Override
        Table table(List<Host> hosts) {
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
